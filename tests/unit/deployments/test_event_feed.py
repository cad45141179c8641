"""Streams of events, without HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from configs.settings import EventSettings
from deployments.ingress.v1.event_feed import EventFeed
from pipelines.errors import GalleryUnavailable, Overloaded
from pipelines.events.records import Event, EventFilter, EventKind
from tests.unit.events.passing import NOON, passing

pytestmark = pytest.mark.anyio

EVERYTHING = EventFilter()
GATES = EventFilter(kind=EventKind.GATE_CHECKED)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Journal:
    """Events in memory; counts how often it is asked."""

    def __init__(self, events: int = 0) -> None:
        self.events: list[Event] = []
        self.asked = 0
        self.away = False
        self.failure: Exception | None = None
        for _ in range(events):
            self.add()

    def add(self, kind: EventKind = EventKind.GATE_CHECKED) -> None:
        self.events.append(Event(len(self.events) + 1, NOON, passing(kind=kind)))

    async def last_id(self) -> int:
        self._be_there()
        return len(self.events)

    async def since(self, event_id: int, limit: int, wanted: EventFilter) -> tuple[Event, ...]:
        self._be_there()
        kinds = {wanted.kind} if wanted.kind else set(EventKind)
        found = [one for one in self.events[event_id:] if one.seen.kind in kinds]
        return tuple(found[:limit])

    def _be_there(self) -> None:
        self.asked += 1
        if self.away:
            raise GalleryUnavailable("away")
        if self.failure is not None:
            raise self.failure


def feed(journal: Any, **settings: Any) -> EventFeed:
    said = {"poll_s": 0.01, "heartbeat_s": 50, "stream_s": 60, **settings}
    return EventFeed(journal, EventSettings(**said), lambda event: f"event {event.event_id}")


async def piece(stream: AsyncIterator[bytes]) -> dict[str, str]:
    """The next piece of a stream, by the names of its fields; a comment has none."""
    async with asyncio.timeout(20):
        text = (await anext(stream)).decode()
    assert text.endswith("\n\n")
    return dict(line.split(": ", 1) for line in text.strip("\n").replace("\n: ", "\n:").split("\n"))


def told(event_id: int, kind: str = "gate_checked") -> dict[str, str]:
    return {"event": kind, "data": f"event {event_id}", "id": str(event_id)}


async def close(*streams: Any) -> None:
    for one in streams:
        await one.aclose()


async def test_begins_with_what_comes_now_and_names_its_place() -> None:
    journal = Journal(3)
    stream = feed(journal).stream(EVERYTHING, None)
    assert await piece(stream) == {"": "events", "id": "3", "retry": "1000"}
    journal.add()
    journal.add(EventKind.PLATE_READ)
    assert await piece(stream) == told(4)
    assert await piece(stream) == told(5, "plate_read")
    await close(stream)


@pytest.mark.parametrize("known", [0, 7])
async def test_goes_on_after_the_last_event_that_the_listener_has(known: int) -> None:
    stream = feed(Journal(250)).stream(EVERYTHING, known)
    assert (await piece(stream))["id"] == str(known)
    found = [await piece(stream) for _ in range(250 - known)]
    assert found == [told(number) for number in range(known + 1, 251)]
    await close(stream)


async def test_a_listener_ahead_of_the_journal_waits_for_its_next_event() -> None:
    journal = Journal(2)
    stream = feed(journal).stream(EVERYTHING, 1000)
    assert (await piece(stream))["id"] == "2"
    journal.add()
    assert await piece(stream) == told(3)
    await close(stream)


async def test_events_that_are_not_wanted_are_passed_over_once() -> None:
    journal = Journal()
    stream = feed(journal, heartbeat_s=0.05).stream(GATES, None)
    await piece(stream)
    journal.add(EventKind.PLATE_READ)
    while (alive := await piece(stream))["id"] == "0":
        assert alive == {"": "alive", "id": "0"}
    assert alive == {"": "alive", "id": "1"}
    journal.add()
    while (found := await piece(stream)) == alive:
        pass
    assert found == told(2)
    await close(stream)


async def test_ends_by_itself() -> None:
    stream = feed(Journal(1), stream_s=0.1).stream(EVERYTHING, 0)
    async with asyncio.timeout(20):
        pieces = [one async for one in stream]
    assert b"data: event 1" in pieces[1]


async def test_takes_no_more_listeners_than_it_may() -> None:
    one_place = feed(Journal(), max_streams=1)
    first, second = (one_place.stream(EVERYTHING, None) for _ in range(2))
    await piece(first)
    with pytest.raises(
        Overloaded, match=r"^1 streams are open here already, at most 1 may be$"
    ) as refused:
        await piece(second)
    assert refused.value.extra == {"retry_after_s": 5}
    await close(first)
    third = one_place.stream(EVERYTHING, None)
    assert (await piece(third))["id"] == "0"
    await close(third)


async def test_asks_the_journal_only_while_somebody_listens() -> None:
    journal = Journal()
    shared = feed(journal)
    assert journal.asked == 0
    streams = [shared.stream(EVERYTHING, None) for _ in range(2)]
    for one in streams:
        await piece(one)
    await close(streams[0])
    journal.add()
    assert await piece(streams[1]) == told(1)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await close(streams[1])
    ended = [one for one in others if one.cancelling()]
    assert len(ended) == 1
    await asyncio.wait(ended, timeout=20)
    assert ended[0].cancelled()


async def test_outlives_a_journal_that_is_away() -> None:
    journal = Journal()
    stream = feed(journal, heartbeat_s=0.05).stream(EVERYTHING, None)
    await piece(stream)
    journal.away = True
    assert await piece(stream) == {"": "alive", "id": "0"}
    journal.away = False
    journal.add()
    while (found := await piece(stream)) == {"": "alive", "id": "0"}:
        pass
    assert found == told(1)
    await close(stream)


async def test_an_error_that_nobody_foresaw_is_logged_and_ends_the_streams_until_they_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = Journal()
    shared = feed(journal)
    streams = [shared.stream(EVERYTHING, None) for _ in range(2)]
    for one in streams:
        await piece(one)
    journal.failure = ZeroDivisionError("nobody knows")
    for one in streams:
        with pytest.raises(StopAsyncIteration):
            await piece(one)
    assert [one.message for one in caplog.records] == ["the streams of events end by an error"]
    assert "ZeroDivisionError: nobody knows" in caplog.text
    journal.failure = None
    again = shared.stream(EVERYTHING, 0)
    assert (await piece(again))["id"] == "0"
    journal.add()
    assert await piece(again) == told(1)
    await close(again)


async def test_does_not_begin_without_the_journal() -> None:
    journal = Journal()
    journal.away = True
    one_place = feed(journal, max_streams=1)
    with pytest.raises(GalleryUnavailable, match=r"^away$"):
        await piece(one_place.stream(EVERYTHING, None))
    journal.away = False
    again = one_place.stream(EVERYTHING, None)
    assert (await piece(again))["id"] == "0"
    await close(again)
