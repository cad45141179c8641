"""The journal of events: one method, one transaction."""

from collections.abc import Sequence
from datetime import datetime

from pipelines.errors import EventNotFound
from pipelines.events import figure_rows, rows
from pipelines.events.figures import Figures, Step
from pipelines.events.records import (
    Event,
    EventFilter,
    EventPage,
    HourCount,
    NewEvent,
    Place,
    hour_of,
    start_of_hour,
)
from pipelines.gallery.transactions import Transactions

_LONGEST_PAGE = 10_000
_EVERYTHING = EventFilter()


class EventJournal:
    """Events in the gallery's database. Thread-safe.

    An event is written once and never changed, but where a driver is erased or merged. Every method
    may raise GalleryUnavailable.

    Args:
        store: Of a migrated database.
    """

    def __init__(self, store: Transactions) -> None:
        self._store = store

    def append(self, new: Sequence[NewEvent]) -> tuple[Event, ...]:
        """Write events: all or none, and each once a token. When it returns they are on disk.

        An event of a driver who was erased meanwhile is stored without the driver.
        """
        if not new:
            return ()
        with self._store.writing() as connection:
            return rows.add(connection, new)

    def get(self, event_id: int) -> Event:
        """One event.

        Raises:
            EventNotFound: There is none, or it is past its days.
        """
        with self._store.reading() as connection:
            event = rows.get(connection, event_id)
        if event is None:
            raise EventNotFound(f"there is no event {event_id}")
        return event

    def page(
        self, wanted: EventFilter = _EVERYTHING, limit: int = 100, after: Place | None = None
    ) -> EventPage:
        """Events by the time at which they were seen, the newest first.

        Args:
            wanted: Which.
            limit: Most events, 1 to 10,000.
            after: The place to go on after, that of the page before.

        Raises:
            ValueError: ``limit`` is out of bounds.
        """
        _check(limit)
        with self._store.reading() as connection:
            return rows.page(connection, wanted, limit, after)

    def since(
        self, event_id: int, limit: int = 100, wanted: EventFilter = _EVERYTHING
    ) -> tuple[Event, ...]:
        """Events that were stored after one, in that order; none is ever added before another.

        Args:
            event_id: The last one that is known, 0 for none.
            limit: Most events, 1 to 10,000.
            wanted: Which.

        Raises:
            ValueError: ``limit`` is out of bounds.
        """
        _check(limit)
        with self._store.reading() as connection:
            return rows.since(connection, event_id, limit, wanted)

    def last_id(self) -> int:
        """The id of the event that was stored last; 0 without one."""
        with self._store.reading() as connection:
            return rows.last_id(connection)

    def by_hour(self, first: datetime, end: datetime) -> tuple[HourCount, ...]:
        """How many events were seen in each hour, by kind and decision; hours without are left out.

        Args:
            first: In the first hour; timezone-aware.
            end: In the first hour that is left out; timezone-aware.
        """
        with self._store.reading() as connection:
            return rows.by_hour(connection, hour_of(first), hour_of(end))

    def figures(self, first: datetime, end: datetime, camera_id: str | None = None) -> Figures:
        """What the events of a time come to. The longer the time, the longer it takes.

        Args:
            first: In the first hour; timezone-aware.
            end: In the first hour that is left out; timezone-aware.
            camera_id: The only camera that is counted; None counts all.
        """
        begin, until = hour_of(first), hour_of(end)
        step = Step.of(start_of_hour(begin), start_of_hour(until))
        which = figure_rows.conditions(begin, until, camera_id)
        with self._store.seeing_one_state() as connection:
            return Figures(
                first=start_of_hour(begin),
                end=start_of_hour(until),
                step=step,
                camera_id=camera_id,
                traffic=figure_rows.traffic(connection, which, step),
                cameras=figure_rows.cameras(connection, which, step),
                confidence=figure_rows.confidence(connection, which),
                similarity=figure_rows.similarity(connection, which),
                reasons=figure_rows.reasons(connection, which),
            )

    def remove_before(self, moment: datetime, limit: int) -> int:
        """Delete the oldest events that were stored before a moment (timezone-aware).

        Their crops are among the pending removals from then on.

        Returns:
            How many were deleted, at most ``limit``.
        """
        with self._store.reading() as connection:
            if not rows.any_before(connection, moment):
                return 0  # mostly; then no writer has to wait
        with self._store.writing() as connection:
            removed = rows.remove_before(connection, moment, limit)
        if removed:
            self._store.scrub()
        return removed


def _check(limit: int) -> None:
    if not 0 < limit <= _LONGEST_PAGE:
        raise ValueError(f"a page of {limit} events, not 1 to {_LONGEST_PAGE}")
