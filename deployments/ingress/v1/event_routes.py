"""/v1/events: what happened, as a list, as a file, and as it comes."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Path, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from configs.settings import EventSettings
from deployments.ingress.access.trail import concerns
from deployments.ingress.v1 import documents
from deployments.ingress.v1.bodies import LAST_ID, Moment
from deployments.ingress.v1.event_export import csv_of
from deployments.ingress.v1.event_feed import EventFeed
from deployments.ingress.v1.event_parquet import parquet_of
from deployments.ingress.v1.event_wire import (
    EventList,
    EventOut,
    EventQuery,
    Hour,
    Hours,
    cursor_of,
    event_in_json,
    place_of,
    whole_hours,
)
from deployments.ingress.v1.parameters import KNOWN_ONLY
from pipelines.drivers.gallery import CropStore
from pipelines.errors import NotFound
from pipelines.events.recording import EventJournal
from pipelines.events.records import Event

STREAM_PATH: Final = "/v1/events:stream"
EXPORT_PATH: Final = "/v1/events:export"

_MADE: Final = {
    "csv": ("text/csv", csv_of),
    "parquet": ("application/vnd.apache.parquet", parquet_of),
}
_EVENTS: Final = "text/event-stream"
_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_DAY: Final = timedelta(days=1)

EventId = Annotated[int, Path(ge=1, le=LAST_ID, description="The event's id.", examples=[12])]


class PageQuery(EventQuery):
    """Which events to list."""

    limit: int = Field(100, ge=1, le=1000, description="Most events of one page.")
    cursor: str | None = Field(
        None, max_length=200, description="The `next_cursor` of the page before."
    )


class ExportQuery(EventQuery):
    """Which events to write into a file."""

    format: Literal["csv", "parquet"] = Field("csv", description="Of the file.")


def event_routes(journal: EventJournal, crops: CropStore, settings: EventSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1", tags=["events"], dependencies=[KNOWN_ONLY])
    feed = EventFeed(journal, settings, event_in_json)

    @router.get("/events", responses=documents.errors())
    async def list_events(asked: Annotated[PageQuery, Query()]) -> EventList:
        """Lists events by the time at which they were seen, the newest first.

        An event is neither skipped nor named twice; one that is stored meanwhile is named where it
        was seen before the page before ended.
        """
        wanted = asked.wanted()
        page = await journal.page(wanted, asked.limit, place_of(asked.cursor, wanted))
        _note_drivers(page.events)
        return EventList(
            events=list(map(EventOut.of, page.events)),
            next_cursor=cursor_of(page.next_after, wanted),
        )

    @router.get("/events:hourly", responses=documents.errors())
    async def count_events(
        begin: Annotated[
            Moment | None,
            Query(
                alias="from",
                description="Rounded down to a whole hour; a day before the end where it is not "
                "given.",
            ),
        ] = None,
        until: Annotated[
            Moment | None,
            Query(
                description="Exclusive, rounded up to a whole hour; the next hour where it is not "
                "given."
            ),
        ] = None,
    ) -> Hours:
        """How many events each hour had, by kind and decision; at most 92 days at once.

        An hour that is asked for in part is counted whole.
        """
        first, end = whole_hours(begin, until, datetime.now(UTC), _DAY)
        return Hours(hours=list(map(Hour.of, await journal.by_hour(first, end))))

    @router.get(
        "/events:export",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {media_type: _FILE for media_type, _ in _MADE.values()},
                "description": "The events as a file.",
            },
            **documents.errors(),
        },
    )
    async def export(asked: Annotated[ExportQuery, Query()]) -> StreamingResponse:
        """Events as a file, the newest first, for a spreadsheet, a database or an analysis.

        CSV is UTF-8 with one head; a text that a spreadsheet would take for a formula has an
        apostrophe in front. Parquet has the same columns with their types: moments in UTC,
        reasons as a list. Serve cuts every answer off after `http_options.request_timeout_s`; send
        `x-request-timeout-seconds: 3600` for more. A Parquet file that was cut off cannot be read.
        """
        media_type, made = _MADE[asked.format]
        pieces = made(journal, asked.wanted())
        first = await anext(pieces)  # what fails before the first byte is answered as an error
        name = f"gatehouse-events-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{asked.format}"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        }
        return StreamingResponse(_chained(first, pieces), media_type=media_type, headers=headers)

    @router.get(
        "/events:stream",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {_EVENTS: {}},
                "description": "Server-sent events: `id`, `event` (the kind) and `data`, an event "
                "as `GET /v1/events/{event_id}` answers it.",
            },
            **documents.errors(),
        },
    )
    async def stream(
        asked: Annotated[EventQuery, Query()],
        last_event_id: Annotated[
            int | None,
            Header(ge=0, le=LAST_ID, description="The last `id` you had; 0 begins with all."),
        ] = None,
    ) -> StreamingResponse:
        """Events as they are stored, as server-sent events; without `Last-Event-ID`, from now on.

        The stream ends by itself after `events.stream_s`. A browser's `EventSource` comes back with
        `Last-Event-ID` and misses nothing; do the same. Without events it sends comments.
        """
        pieces = feed.stream(asked.wanted(), last_event_id)
        first = await anext(pieces)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_chained(first, pieces), media_type=_EVENTS, headers=headers)

    @router.get("/events/{event_id}", responses=documents.errors(*documents.WITH_EVENT))
    async def get_event(event_id: EventId) -> EventOut:
        """One event."""
        event = await journal.get(event_id)
        _note_drivers([event])
        return EventOut.of(event)

    @router.get(
        "/events/{event_id}/crop",
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}, "description": "What the event is about."},
            **documents.errors(*documents.WITH_EVENT, "not_found/crop"),
        },
    )
    async def crop(event_id: EventId) -> Response:
        """The picture of the plate or face that the event is about."""
        event = await journal.get(event_id)
        _note_drivers([event])
        if event.seen.crop_key is None:
            raise NotFound(f"event {event_id} has no picture")
        jpeg = await crops.load(event.seen.crop_key)
        headers = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
        return Response(jpeg, media_type="image/jpeg", headers=headers)

    return router


def _note_drivers(events: Sequence[Event]) -> None:
    concerns(*(one.seen.driver_id for one in events if one.seen.driver_id is not None))


async def _chained(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
