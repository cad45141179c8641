"""Recording what was recognised, before it is answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from configs.settings import EventSettings
from pipelines.errors import GalleryUnavailable, GatehouseError, Overloaded, Unavailable
from pipelines.events.figures import Figures
from pipelines.events.records import (
    Event,
    EventFilter,
    EventPage,
    HourCount,
    NewEvent,
    Place,
)

logger = logging.getLogger(__name__)

EVERYTHING = EventFilter()

Refused = Callable[[], Awaitable[None]]

# The store or its queue said it; after a silence the events may be stored yet.
_SAID_NO = (GalleryUnavailable, Overloaded)


async def nothing() -> None:
    """What is to be done about events that are not stored, where nothing is."""


class EventJournal(Protocol):
    """The journal, wherever it is; ``pipelines.events.journal`` has the same methods.

    A store that cannot be reached raises GalleryUnavailable.
    """

    async def append(self, new: Sequence[NewEvent]) -> tuple[Event, ...]: ...

    async def get(self, event_id: int) -> Event: ...

    async def page(
        self, wanted: EventFilter = EVERYTHING, limit: int = 100, after: Place | None = None
    ) -> EventPage: ...

    async def since(
        self, event_id: int, limit: int = 100, wanted: EventFilter = EVERYTHING
    ) -> tuple[Event, ...]: ...

    async def last_id(self) -> int: ...

    async def by_hour(self, first: datetime, end: datetime) -> tuple[HourCount, ...]: ...

    async def figures(
        self, first: datetime, end: datetime, camera_id: str | None = None
    ) -> Figures: ...

    async def remove_before(self, moment: datetime, limit: int) -> int: ...


class EventRecorder:
    """Stores the events of a request before it is answered.

    An event that an answer names is on disk. Where it cannot be stored in time, the settings say
    whether the answer is given without it or refused; nobody is told of an event that is not there.

    Args:
        journal: Where events are stored.
        settings: How long to wait, and what a failure means.
    """

    def __init__(self, journal: EventJournal, settings: EventSettings) -> None:
        self.journal = journal
        self._settings = settings

    async def record(self, *new: NewEvent, refused: Refused = nothing) -> tuple[Event, ...] | None:
        """Store the events of one request, all or none.

        Args:
            new: The events.
            refused: Awaited where they are certainly not stored, and never will be.

        Returns:
            The stored events, in order; None where they could not be stored and are not required.
            They may be stored all the same where the store was only too slow.

        Raises:
            Unavailable: They could not be stored, and are required.
        """
        try:
            return await self._append(new)
        except GatehouseError as error:
            logger.warning("%d events could not be stored: %s", len(new), error)
            if isinstance(error, _SAID_NO):
                await refused()
            if self._settings.required:
                raise
            return None

    async def _append(self, new: Sequence[NewEvent]) -> tuple[Event, ...]:
        timeout_s = self._settings.record_timeout_s
        try:
            async with asyncio.timeout(timeout_s) as limit:
                return await self.journal.append(new)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unavailable(f"the event was not stored in {timeout_s:g} s, try again") from error
