"""/v1/events:report: what the events of a time come to, in figures and drawn."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from deployments.ingress.v1 import documents
from deployments.ingress.v1.event_drawing import ReportDrawing
from deployments.ingress.v1.event_report_wire import Report, ReportQuery
from deployments.ingress.v1.parameters import KNOWN_ONLY
from pipelines.events.recording import EventJournal

REPORT_PATH: Final = "/v1/events:report"

_MEDIA_TYPES: Final = {"html": "text/html", "png": "image/png"}
_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_PAGE_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def event_report_routes(journal: EventJournal) -> APIRouter:
    """Builds the route."""
    router = APIRouter(prefix="/v1", tags=["events"], dependencies=[KNOWN_ONLY])
    drawing = ReportDrawing()

    @router.get(
        "/events:report",
        response_model=Report,
        responses={
            200: {
                "content": dict.fromkeys(_MEDIA_TYPES.values(), _FILE),
                "description": "The report.",
            },
            **documents.errors(),
        },
    )
    async def report(asked: Annotated[ReportQuery, Query()]) -> Response:
        """Traffic, strangers, drift and reasons of at most 92 days; the last week by default.

        The database sums up, in some seconds for a million events: ask for less time where that
        is too slow. HTML and PNG are drawn one after another, a few seconds each; their times are
        UTC.
        """
        figures = await journal.figures(*asked.period(datetime.now(UTC)), asked.camera_id)
        if asked.format == "json":
            return JSONResponse(Report.of(figures).model_dump(mode="json", by_alias=True))
        name = f"gatehouse-report-{figures.first:%Y%m%dT%HZ}-{figures.end:%Y%m%dT%HZ}"
        headers = {
            "content-disposition": f'inline; filename="{name}.{asked.format}"',
            "content-security-policy": _PAGE_POLICY,
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }
        drawn = await drawing.draw(figures, asked.format)
        return Response(drawn, media_type=_MEDIA_TYPES[asked.format], headers=headers)

    return router
