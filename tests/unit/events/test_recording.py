"""Recording events before the answer, with a store that is away or too slow."""

import asyncio
import logging
from typing import Any

import pytest

from configs.settings import EventSettings
from pipelines.errors import GalleryUnavailable, Overloaded, Unavailable
from pipelines.events.recording import EventRecorder
from pipelines.events.records import Event, NewEvent
from tests.unit.events.passing import NOON, passing

pytestmark = pytest.mark.anyio

AWAY = GalleryUnavailable("the driver gallery cannot be reached now, try again later")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Journal:
    """Keeps what is appended, unless it is away or sleeps."""

    def __init__(self, failure: Exception | None = None, *, sleeps: bool = False) -> None:
        self.kept: list[NewEvent] = []
        self._failure = failure
        self._sleeps = sleeps

    async def append(self, new: tuple[NewEvent, ...]) -> tuple[Event, ...]:
        if self._failure is not None:
            raise self._failure
        if self._sleeps:
            await asyncio.Event().wait()
        self.kept += new
        return tuple(Event(place, NOON, one) for place, one in enumerate(new, 1))


def recorder(journal: Any, *, required: bool = False) -> EventRecorder:
    return EventRecorder(journal, EventSettings(required=required, record_timeout_s=0.05))


async def test_answers_the_stored_events_of_a_request() -> None:
    journal = Journal()
    first, second = passing(1), passing(2)
    assert await recorder(journal).record(first, second) == (
        Event(1, NOON, first),
        Event(2, NOON, second),
    )
    assert journal.kept == [first, second]


@pytest.mark.parametrize(
    ("journal", "said"),
    [
        (Journal(AWAY), "the driver gallery cannot be reached now, try again later"),
        (Journal(sleeps=True), "the event was not stored in 0.05 s, try again"),
    ],
    ids=["away", "too slow"],
)
async def test_a_failure_is_told_and_logged_and_raised_only_where_events_are_required(
    journal: Journal, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await recorder(journal).record(passing()) is None
        with pytest.raises(Unavailable, match=f"^{said}$"):
            await recorder(journal, required=True).record(passing(), passing())
    assert [one.message for one in caplog.records] == [
        f"1 events could not be stored: {said}",
        f"2 events could not be stored: {said}",
    ]


async def test_an_error_that_nobody_foresaw_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await recorder(Journal(ZeroDivisionError())).record(passing())


@pytest.mark.parametrize(
    ("journal", "times"),
    [
        (Journal(AWAY), 1),
        (Journal(Overloaded("the service is busy, try again shortly")), 1),
        (Journal(Unavailable("DriverIndex.records did not answer in 20 s")), 0),
        (Journal(sleeps=True), 0),
        (Journal(), 0),
    ],
    ids=["away", "busy", "silent", "too slow", "stored"],
)
async def test_says_that_events_are_not_stored_only_where_that_is_certain(
    journal: Journal, times: int
) -> None:
    said: list[None] = []

    async def refused() -> None:
        said.append(None)

    await recorder(journal).record(passing(), refused=refused)
    assert len(said) == times


async def test_a_request_that_is_given_up_says_nothing_of_its_events() -> None:
    said: list[None] = []

    async def refused() -> None:
        said.append(None)

    recording = asyncio.create_task(
        recorder(Journal(sleeps=True)).record(passing(), refused=refused)
    )
    await asyncio.sleep(0)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert said == []
