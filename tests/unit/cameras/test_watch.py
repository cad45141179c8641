"""One event for each vehicle and person that passes a camera."""

from datetime import timedelta
from typing import Any

import pytest

from pipelines.cameras.frames import Tally
from pipelines.errors import Unavailable
from pipelines.events.records import Decision, EventKind
from pipelines.types import DriverMatch, GallerySearch
from tests.unit.cameras.clips import street
from tests.unit.cameras.watching import EIGHT, Gate

PASSING = [street("A123BC", x) for x in range(20, 260, 40)]
BOTH: dict[str, Any] = {"look_for": ["plates", "faces"]}


def test_a_vehicle_that_passes_is_one_event_with_its_picture() -> None:
    gate = Gate()
    gate.show(*PASSING)
    gate.wait(2.0)
    [event] = gate.journal.kept
    assert (event.kind, event.camera_id) == (EventKind.PLATE_READ, "gate-1")
    assert event.plate is not None
    assert event.plate.text == "A123BC"
    assert event.plate.confidence == pytest.approx(0.99)
    assert EIGHT < event.at <= EIGHT + timedelta(seconds=gate.now_s)
    assert (event.vehicle_id, event.driver_id, event.request_id) == (None, None, None)
    assert event.crop_key in gate.crops.saved
    assert gate.watch.tally == Tally(plate_events=1)


def test_a_vehicle_that_stays_is_recorded_when_enough_pictures_agree() -> None:
    gate = Gate(track={"enough_pictures": 4})
    gate.show(*[street("A123BC")] * 3)
    assert gate.texts == []
    gate.show(street("A123BC"))
    assert gate.texts == ["A123BC"]
    gate.show(*[street("A123BC")] * 20)
    gate.wait(5.0)
    assert gate.texts == ["A123BC"]


def test_pictures_that_are_misread_are_outvoted() -> None:
    gate = Gate()
    gate.misread = lambda text, at_s: "A128BC" if at_s in {0.5, 1.0} else text
    gate.show(*PASSING)
    gate.wait(2.0)
    assert gate.texts == ["A123BC"]


def test_two_vehicles_at_once_are_two_events() -> None:
    gate = Gate()
    gate.show(*[street("A123BC", x, also=("M456TK", 400 - x)) for x in (20, 30, 40)])
    gate.end()
    assert sorted(gate.texts) == ["A123BC", "M456TK"]


def test_another_vehicle_in_the_same_place_is_another_event() -> None:
    gate = Gate()
    gate.show(*[street("A123BC")] * 3, *[street("M456TK")] * 3)
    gate.end()
    assert sorted(gate.texts) == ["A123BC", "M456TK"]


@pytest.mark.parametrize("pictures", [3, 8])
def test_the_next_vehicle_of_a_series_is_another_event(pictures: int) -> None:
    gate = Gate()
    gate.show(*[street("BMA1234")] * pictures, *[street()] * 4, *[street("BMA5678")] * pictures)
    gate.end()
    assert gate.texts == ["BMA1234", "BMA5678"]


def test_who_comes_while_the_models_are_slow_is_not_who_was_there_before() -> None:
    gate = Gate()
    unsure = {0.25, 0.5, 0.75}
    gate.misread = lambda text, at_s: text if at_s in unsure else "A193BC"
    gate.show(*[street("A123BC")] * 3)
    gate.show(street("A123BC"), every_s=20.0)
    gate.show(*[street("A123BC")] * 3)
    gate.end()
    assert gate.texts == ["A123BC", "A193BC"]


def test_a_vehicle_that_comes_again_soon_raises_no_second_event() -> None:
    gate = Gate(track={"again_after_s": 60})
    for away_s in (30.0, 55.0, 61.0):
        gate.show(*PASSING)
        gate.wait(away_s)
    gate.show(*PASSING)
    gate.end()
    assert gate.texts == ["A123BC", "A123BC"]
    assert gate.watch.tally.repeated == 2


def test_time_does_not_run_while_a_vehicle_stays() -> None:
    gate = Gate(track={"again_after_s": 5})
    gate.show(*[street("A123BC")] * 40)
    gate.wait(3.0)
    gate.show(*PASSING)
    gate.end()
    assert gate.texts == ["A123BC"]


def test_a_vehicle_that_nobody_can_read_is_unclear() -> None:
    gate = Gate()
    gate.misread = lambda _text, _at_s: ""
    gate.show(*PASSING)
    gate.end()
    assert gate.journal.kept == []
    assert gate.watch.tally == Tally(unclear=1)


def test_a_known_vehicle_is_named_and_told_by_its_id() -> None:
    gate = Gate()
    gate.known = {"A123BC": 12, "A128BD": 12}
    gate.show(*PASSING)
    gate.wait(2.0)
    gate.show(*[street("A128BD")] * 3)
    gate.end()
    [event] = gate.journal.kept
    assert event.vehicle_id == 12
    assert event.plate is not None
    assert (event.plate.raw, event.plate.text, event.plate.country) == ("A123BC", "30A12345", "VN")


def test_a_driver_who_walks_by_is_one_event() -> None:
    gate = Gate(**BOTH)
    gate.gallery.answer = GallerySearch((DriverMatch(7, 0.9),), 1, 1)
    gate.show(*[street(None, x, face=7) for x in range(20, 200, 30)])
    gate.wait(2.0)
    gate.show(*[street(None, x, face=7) for x in range(20, 200, 30)])
    gate.end()
    [event] = gate.journal.kept
    assert (event.kind, event.decision, event.driver_id) == (
        EventKind.FACE_IDENTIFIED,
        Decision.DRIVER,
        7,
    )
    assert event.crop_key is None
    assert gate.watch.tally == Tally(face_events=1, repeated=1)
    [first, _second] = gate.gallery.searched
    assert first[0] @ first[0] == pytest.approx(1.0)


def test_strangers_are_told_apart_by_their_faces() -> None:
    gate = Gate(**BOTH)
    for identity in (7, 8, 7):
        gate.show(*[street(None, x, face=identity) for x in (20, 50, 80)])
        gate.wait(2.0)
    assert [event.decision for event in gate.journal.kept] == [Decision.UNKNOWN] * 2


def test_only_what_is_asked_for_is_looked_for() -> None:
    gate = Gate(look_for=["faces"])
    gate.show(*[street("A123BC", face=7)] * 3)
    gate.end()
    assert [event.kind for event in gate.journal.kept] == [EventKind.FACE_IDENTIFIED]


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("PlateDetector.detect has no replica that answers"),
        RuntimeError("the engine ran out of memory"),
    ],
)
def test_a_model_that_fails_costs_the_picture(failure: Exception) -> None:
    gate = Gate()
    gate.show(*PASSING[:2])
    gate.failure = failure
    gate.show(*PASSING[2:4])
    gate.failure = None
    gate.show(*PASSING[4:])
    gate.end()
    assert gate.texts == ["A123BC"]
    assert gate.watch.tally == Tally(plate_events=1, failed_looks=2)


def test_plates_are_recorded_while_nobody_encodes_faces() -> None:
    gate = Gate(**BOTH)
    gate.face_failure = Unavailable("FaceEncoder.encode has no replica that answers")
    gate.show(*PASSING)
    gate.end()
    assert gate.texts == ["A123BC"]
    assert gate.watch.tally == Tally(plate_events=1, failed_looks=len(PASSING))


def test_who_was_recorded_before_a_restart_is_remembered() -> None:
    before = Gate(**BOTH)
    before.gallery.answer = GallerySearch((DriverMatch(7, 0.9),), 1, 1)
    before.show(*[street("A123BC", face=7)] * 3)
    before.end()
    after = Gate(journal=before.journal, track={"again_after_s": 60}, **BOTH)
    after.gallery.answer = before.gallery.answer
    after.now_s = before.now_s + 30
    after.show(*[street("A123BC", face=7)] * 3, *[street("M456TK")] * 3)
    after.end()
    assert after.texts == ["A123BC", "M456TK"]
    assert after.watch.tally == Tally(plate_events=1, repeated=2)


def test_what_was_recorded_long_before_a_restart_is_forgotten() -> None:
    before = Gate()
    before.show(*PASSING)
    before.end()
    after = Gate(journal=before.journal, track={"again_after_s": 60})
    after.now_s = before.now_s + 62
    after.show(*PASSING)
    after.end()
    assert after.texts == ["A123BC", "A123BC"]
