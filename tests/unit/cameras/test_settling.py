"""How what a camera decided is recorded: once, in its order, and for as long as it takes."""

import asyncio
import logging
from typing import Any

import pytest

from configs.settings import EventSettings
from pipelines.cameras.frames import Tally
from pipelines.errors import DriverNotFound, GalleryUnavailable, Unavailable
from tests.unit.cameras.clips import street
from tests.unit.cameras.watching import Gate

AWAY = GalleryUnavailable("the driver gallery cannot be reached now, try again later")
PASSING = [street("A123BC", x) for x in range(20, 260, 40)]
BOTH: dict[str, Any] = {"look_for": ["plates", "faces"]}
REQUIRED = [EventSettings(), EventSettings(required=True)]


def drive_on(gate: Gate) -> None:
    """Has another vehicle recorded first, so that the journal was read once."""
    gate.show(*[street("M456TK")] * 3)
    gate.wait(2.0)


@pytest.mark.parametrize("events", REQUIRED)
def test_an_event_waits_for_the_store_whatever_callers_accept(events: EventSettings) -> None:
    gate = Gate(events=events)
    drive_on(gate)
    gate.journal.failure = AWAY
    gate.show(*PASSING)
    gate.wait(2.0)
    assert not gate.watch.all_settled
    gate.journal.failure = None
    gate.show(*PASSING)
    gate.end()
    assert gate.texts == ["M456TK", "A123BC"]
    assert gate.watch.tally == Tally(plate_events=2, repeated=1)


@pytest.mark.parametrize("events", REQUIRED)
def test_an_event_whose_answer_was_lost_is_stored_once(events: EventSettings) -> None:
    gate = Gate(events=events)
    drive_on(gate)
    gate.journal.lost_answers = 3
    gate.show(*PASSING)
    for _ in range(5):
        gate.wait(2.0)
    assert gate.texts == ["M456TK", "A123BC"]
    assert gate.watch.all_settled


def test_the_picture_of_an_event_is_stored_once_and_stays() -> None:
    gate = Gate()
    drive_on(gate)
    gate.journal.failure = AWAY
    gate.show(*PASSING)
    for _ in range(5):
        gate.wait(2.0)
    gate.journal.failure = None
    gate.wait(1.0)
    assert [event.crop_key for event in gate.journal.kept] == list(gate.crops.saved)


def test_the_first_event_waits_until_those_before_are_known() -> None:
    gate = Gate()
    gate.journal.failure = AWAY
    gate.show(*PASSING)
    gate.end()
    assert not gate.watch.all_settled
    gate.journal.failure = None
    gate.wait(1.0)
    assert gate.texts == ["A123BC"]


def test_a_person_waits_for_the_gallery() -> None:
    gate = Gate(**BOTH)
    gate.gallery.failure = AWAY
    gate.show(*[street(None, face=7)] * 3)
    gate.end()
    assert not gate.watch.all_settled
    gate.gallery.failure = None
    gate.wait(1.0)
    assert gate.watch.tally == Tally(face_events=1)


@pytest.mark.parametrize(
    "failure", [DriverNotFound("there is no such driver"), RuntimeError("no space on the device")]
)
def test_what_no_waiting_mends_is_lost_and_said(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    gate.match_failure = failure
    with caplog.at_level(logging.ERROR):
        gate.show(*PASSING)
    gate.match_failure = None
    drive_on(gate)
    assert gate.texts == ["M456TK"]
    assert gate.watch.tally == Tally(plate_events=1, lost=1)
    assert "camera gate-1: an event is lost: it cannot be recorded" in caplog.text
    assert ("Traceback" in caplog.text) is isinstance(failure, RuntimeError)


def test_the_oldest_are_lost_where_too_many_wait(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate(track={"enough_pictures": 1, "least_pictures": 1})
    gate.match_failure = Unavailable("DriverIndex.records has no replica that answers")
    for number in range(100, 166):
        gate.show(street(f"A{number}BC"))
        gate.wait(2.0)
    gate.match_failure = None
    gate.wait(1.0)
    # The first one was on its way to the store.
    assert gate.texts == ["A100BC", *[f"A{number}BC" for number in range(103, 166)]]
    assert gate.watch.tally == Tally(plate_events=64, lost=2)
    assert caplog.text.count("camera gate-1: an event is lost: too many wait") == 2


def test_pictures_do_not_wait_for_the_store() -> None:
    gate = Gate()

    async def pass_by() -> None:
        gate.journal.answers.clear()
        await gate.look(*PASSING)
        settling = asyncio.create_task(gate.watch.settle())
        await gate.journal.asked.wait()
        await gate.look(*[street("M456TK")] * 8)
        assert not settling.done()
        gate.journal.answers.set()
        await settling

    asyncio.run(pass_by())
    assert gate.texts == ["A123BC", "M456TK"]
