"""Figures of a week that nobody had."""

from datetime import timedelta

from pipelines.events.figures import (
    CameraCount,
    Figures,
    ReasonCount,
    SlotCount,
    Spread,
    Step,
)
from pipelines.events.records import Decision, EventKind
from tests.unit.events.passing import NOON

DAY = timedelta(days=1)
MIDNIGHT = NOON - timedelta(hours=12)
EMPTY = Figures(MIDNIGHT, MIDNIGHT + 3 * DAY, Step.HOUR, None, (), (), (), (), ())

WEEK = Figures(
    first=MIDNIGHT,
    end=MIDNIGHT + 7 * DAY,
    step=Step.HOUR,
    camera_id=None,
    traffic=(
        SlotCount(NOON, EventKind.FACE_IDENTIFIED, Decision.DRIVER, 1, 0, 0),
        SlotCount(NOON, EventKind.FACE_IDENTIFIED, Decision.UNKNOWN, 3, 0, 0),
        SlotCount(NOON, EventKind.GATE_CHECKED, Decision.ALLOW, 1500, 1500, 1500),
        SlotCount(NOON, EventKind.GATE_CHECKED, Decision.ASK, 500, 500, 0),
        SlotCount(NOON + DAY, EventKind.PLATE_READ, None, 4, 4, 0, 3),
    ),
    cameras=(
        CameraCount(NOON, "$gate <1>", 1000),
        CameraCount(NOON, None, 4),
        CameraCount(NOON + DAY, "$gate <1>", 4),
    ),
    confidence=(Spread(MIDNIGHT, 9, 0.8, 0.9, 0.99), Spread(MIDNIGHT + DAY, 4, 0.7, 0.8, 0.9)),
    similarity=(Spread(MIDNIGHT, 9, -0.1, 0.7, 0.8),),
    reasons=(ReasonCount("vehicle_allowed", 1500), ReasonCount("driver_unknown", 3)),
)
"""2,008 events of two days."""
