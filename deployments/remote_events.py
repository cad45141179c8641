"""The journal of events over the handles of the gallery's shards."""

from collections.abc import Sequence
from datetime import datetime

from deployments.remote_book import RemoteBook
from pipelines.events.figures import Figures
from pipelines.events.recording import EVERYTHING
from pipelines.events.records import (
    Event,
    EventFilter,
    EventPage,
    HourCount,
    NewEvent,
    Place,
)


class RemoteEvents(RemoteBook):
    """``pipelines.events.journal.EventJournal`` with the same methods, to be awaited."""

    book = "events"

    async def append(self, new: Sequence[NewEvent]) -> tuple[Event, ...]:
        stored: tuple[Event, ...] = await self._call("append", tuple(new))
        return stored

    async def get(self, event_id: int) -> Event:
        event: Event = await self._call("get", event_id)
        return event

    async def page(
        self, wanted: EventFilter = EVERYTHING, limit: int = 100, after: Place | None = None
    ) -> EventPage:
        page: EventPage = await self._call("page", wanted, limit, after)
        return page

    async def since(
        self, event_id: int, limit: int = 100, wanted: EventFilter = EVERYTHING
    ) -> tuple[Event, ...]:
        events: tuple[Event, ...] = await self._call("since", event_id, limit, wanted)
        return events

    async def last_id(self) -> int:
        event_id: int = await self._call("last_id")
        return event_id

    async def by_hour(self, first: datetime, end: datetime) -> tuple[HourCount, ...]:
        counts: tuple[HourCount, ...] = await self._call("by_hour", first, end)
        return counts

    async def figures(
        self, first: datetime, end: datetime, camera_id: str | None = None
    ) -> Figures:
        figures: Figures = await self._call("figures", first, end, camera_id)
        return figures

    async def remove_before(self, moment: datetime, limit: int) -> int:
        removed: int = await self._call("remove_before", moment, limit)
        return removed
