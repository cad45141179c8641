"""What the events of a time come to, on both databases."""

import random
from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest

from pipelines.events.figures import (
    CameraCount,
    Figures,
    ReasonCount,
    SlotCount,
    Spread,
    Step,
    Strangers,
    spread_of,
)
from pipelines.events.journal import EventJournal
from pipelines.events.records import Decision, EventKind, NewEvent, SeenPlate
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import Enrol, Person
from tests.unit.events.passing import NOON, passing, plate

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOON - 12 * HOUR
GATE, PLATE, FACE = EventKind.GATE_CHECKED, EventKind.PLATE_READ, EventKind.FACE_IDENTIFIED


@pytest.fixture
def journal(store: GalleryStore) -> EventJournal:
    return EventJournal(store)


@pytest.fixture
def driver_id(store: GalleryStore, enrol: Enrol, person: Person) -> int:
    return store.register([enrol(person(1))])


def sure(confidence: float, text: str = "30A12345") -> SeenPlate:
    return SeenPlate(text, text, "VN", confidence)


def test_a_time_without_events_has_no_figures(journal: EventJournal) -> None:
    journal.append([passing(-1), passing(60)])
    assert journal.figures(NOON, NOON + HOUR) == Figures(
        NOON, NOON + HOUR, Step.HOUR, None, (), (), (), (), ()
    )


def test_traffic_is_counted_by_slot_kind_and_decision(journal: EventJournal) -> None:
    journal.append(
        [
            passing(0, decision=Decision.ALLOW, plate=plate("30A1"), vehicle_id=3),
            passing(59, decision=Decision.ALLOW, plate=plate("30A2")),
            passing(30, decision=Decision.DENY),
            passing(60, kind=PLATE, plate=plate("30A1")),
            passing(61, kind=PLATE, plate=sure(0.1, "")),
        ]
    )
    found = journal.figures(NOON + timedelta(minutes=20), NOON + 2 * HOUR)
    assert (found.first, found.end, found.step) == (NOON, NOON + 2 * HOUR, Step.HOUR)
    assert found.traffic == (
        SlotCount(NOON, GATE, Decision.ALLOW, 2, 2, 1),
        SlotCount(NOON, GATE, Decision.DENY, 1, 0, 0),
        SlotCount(NOON + HOUR, PLATE, None, 2, 2, 0, 1),
    )


def test_a_long_time_is_counted_by_days(journal: EventJournal) -> None:
    journal.append([passing(0), passing(11 * 60), passing(12 * 60)])
    found = journal.figures(NOON - 10 * DAY, NOON + 10 * DAY)
    assert found.step is Step.DAY
    assert [(one.start, one.count) for one in found.traffic] == [
        (MIDNIGHT, 2),
        (MIDNIGHT + DAY, 1),
    ]
    assert [(one.start, one.count) for one in found.cameras] == [
        (MIDNIGHT, 2),
        (MIDNIGHT + DAY, 1),
    ]
    assert Step.of(NOON, NOON + 14 * DAY) is Step.HOUR


def test_the_busiest_cameras_are_counted_one_by_one(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.events.figure_rows.MOST_CAMERAS", 2)
    cameras = ["b", "b", "b", None, None, "c"]
    journal.append([passing(number, camera_id=one) for number, one in enumerate(cameras)])
    journal.append([passing(60, camera_id="b")])
    assert journal.figures(NOON, NOON + 2 * HOUR).cameras == (
        CameraCount(NOON, "b", 3),
        CameraCount(NOON, None, 2),
        CameraCount(NOON + HOUR, "b", 1),
    )


def test_one_camera_can_be_counted_alone(journal: EventJournal) -> None:
    for camera in ("gate-1", "gate-2"):
        journal.append([passing(1, camera_id=camera, plate=plate("30A1"), reasons=("no_face",))])
    found = journal.figures(NOON, NOON + HOUR, "gate-2")
    assert [one.count for one in found.traffic] == [1]
    assert [one.camera_id for one in found.cameras] == ["gate-2"]
    assert [one.count for one in found.confidence] == [1]
    assert found.reasons == (ReasonCount("no_face", 1),)


def test_strangers_are_unknown_faces_unmatched_or_unread_plates_and_stopped_checks(
    journal: EventJournal,
) -> None:
    journal.append(
        [
            passing(1, kind=FACE, decision=Decision.DRIVER),
            passing(2, kind=FACE, decision=Decision.UNKNOWN),
            passing(3, kind=FACE, decision=Decision.UNKNOWN),
            passing(4, kind=PLATE, plate=plate("30A1")),
            passing(5, decision=Decision.ALLOW, plate=plate("30A1"), vehicle_id=3),
            passing(6, decision=Decision.ASK, plate=plate("30A2")),
            passing(7, decision=Decision.DENY),
            passing(8, decision=Decision.ASK, plate=sure(0.1, "")),
            passing(9, kind=PLATE, plate=sure(0.2, "")),
        ]
    )
    assert journal.figures(NOON, NOON + HOUR).strangers() == (
        Strangers(
            NOON,
            faces=3,
            unknown_faces=2,
            plates=2,
            unmatched_plates=1,
            checks=4,
            stopped=3,
            seen_plates=5,
            unreadable_plates=2,
        ),
    )


def test_drift_is_of_read_plates_and_of_recognised_faces_alone(
    journal: EventJournal, driver_id: int
) -> None:
    known = {"kind": FACE, "driver_id": driver_id, "decision": Decision.DRIVER}
    journal.append(
        [
            *(passing(number, plate=sure(number / 10)) for number in range(1, 11)),
            passing(1, plate=sure(0.001, "")),
            passing(2, **known, similarity=-0.25),
            passing(3, **known, similarity=0.75),
            passing(4, kind=FACE, decision=Decision.UNKNOWN, similarity=0.1),
            passing(12 * 60, plate=sure(0.5)),
        ]
    )
    found = journal.figures(NOON, NOON + DAY)
    assert found.confidence == (
        Spread(MIDNIGHT, 10, 0.1, 0.5, 0.9),
        Spread(MIDNIGHT + DAY, 1, 0.5, 0.5, 0.5),
    )
    assert found.similarity == (Spread(MIDNIGHT, 2, -0.25, -0.25, 0.75),)


def test_the_most_frequent_reasons_come_first(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [("a", "b"), ("b", "c"), ("b",), (), ("c", "c"), ("đ",)]
    journal.append([passing(number, reasons=one) for number, one in enumerate(given)])
    ranked = journal.figures(NOON, NOON + HOUR).reasons
    assert ranked == (
        ReasonCount("b", 3),
        ReasonCount("c", 2),
        ReasonCount("a", 1),
        ReasonCount("đ", 1),
    )
    monkeypatch.setattr("pipelines.events.figure_rows.MOST_REASONS", 1)
    assert journal.figures(NOON, NOON + HOUR).reasons == ranked[:1]


def made_up(number: int, dice: random.Random) -> NewEvent:
    """An event of any kind at any time of three days."""
    kind = dice.choice(list(EventKind))
    decision = None if kind is PLATE else dice.choice([Decision.ALLOW, Decision.DENY])
    return passing(
        dice.randrange(3 * 24 * 60),
        kind=kind,
        decision=decision,
        camera_id=dice.choice(["north", "south"]),
        plate=sure(dice.random()) if dice.random() < 0.8 else None,
        vehicle_id=number if dice.random() < 0.3 else None,
        reasons=tuple(dice.sample(["no_face", "no_plate", "vehicle_unknown"], dice.randrange(3))),
    )


def slot_of(at: datetime, step: Step) -> datetime:
    return at.replace(minute=0, hour=at.hour if step is Step.HOUR else 0)


@pytest.mark.parametrize("days", [3, 20])
def test_figures_are_those_of_the_events_one_by_one(journal: EventJournal, days: int) -> None:
    dice = random.Random(7)
    events = [made_up(number, dice) for number in range(300)]
    journal.append(events)
    found = journal.figures(NOON, NOON + days * DAY)
    counted = Counter((slot_of(one.at, found.step), one.kind, one.decision) for one in events)
    assert {(one.start, one.kind, one.decision): one.count for one in found.traffic} == counted
    cameras = Counter((slot_of(one.at, found.step), one.camera_id) for one in events)
    assert {(one.start, one.camera_id): one.count for one in found.cameras} == cameras
    assert {one.reason: one.count for one in found.reasons} == Counter(
        reason for one in events for reason in one.reasons
    )
    assert [one.day for one in found.confidence] == [MIDNIGHT + DAY * day for day in range(4)]
    for spread in found.confidence:
        values = [
            one.plate.confidence
            for one in events
            if one.plate and slot_of(one.at, Step.DAY) == spread.day
        ]
        wanted = np.percentile(values, [10, 50, 90], method="inverted_cdf")
        assert spread.count == len(values)
        assert np.abs(np.array([spread.low, spread.median, spread.high]) - wanted).max() < 0.00051


def test_a_spread_counts_each_value_as_often_as_it_is_there() -> None:
    assert spread_of(NOON, [(0.1, 1), (0.5, 8), (0.9, 1)]) == Spread(NOON, 10, 0.1, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"^there are no values$"):
        spread_of(NOON, [])
