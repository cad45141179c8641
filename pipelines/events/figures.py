"""What the events of a time come to: traffic, strangers, drift and reasons, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pipelines.events.records import Decision, EventKind, hour_of, start_of_hour

MOST_CAMERAS: Final = 8
"""Of the busiest, which are counted one by one."""

MOST_REASONS: Final = 12
"""Of the most frequent."""

_LONGEST_BY_HOUR: Final = timedelta(days=14)
_DAY_HOURS: Final = 24


class Step(StrEnum):
    """How long a slot is; days are those of UTC."""

    HOUR = "hour"
    DAY = "day"

    @property
    def hours(self) -> int:
        """Hours of a slot."""
        return 1 if self is Step.HOUR else _DAY_HOURS

    def start(self, moment: datetime) -> datetime:
        """When the slot of a moment (timezone-aware) begins."""
        hour = hour_of(moment)
        return start_of_hour(hour - hour % self.hours)

    @classmethod
    def of(cls, first: datetime, end: datetime) -> "Step":
        """Hours up to two weeks, days of what is longer."""
        return cls.HOUR if end - first <= _LONGEST_BY_HOUR else cls.DAY


@dataclass(frozen=True, slots=True)
class SlotCount:
    """Events of a kind with a decision in the slot that begins at ``start``.

    Attributes:
        plates: How many of them show a plate.
        vehicles: How many of them show a known vehicle.
        unreadable: How many of them show a plate without a text.
    """

    start: datetime
    kind: EventKind
    decision: Decision | None
    count: int
    plates: int
    vehicles: int
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class CameraCount:
    """Events of one camera in a slot; ``camera_id`` is None for those of no camera."""

    start: datetime
    camera_id: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Strangers:
    """How often nobody was known, or nobody let in, or nothing could be read, in a slot.

    Attributes:
        faces: Faces that were asked about.
        unknown_faces: Those of them that are nobody's.
        plates: Gate checks that read a plate, which was compared with the known vehicles.
        unmatched_plates: Those of them whose plate is that of no known vehicle.
        checks: Gate checks.
        stopped: Those of them that were turned away or asked about.
        seen_plates: Events of whatever kind that show a plate.
        unreadable_plates: Those of them whose plate has no text.
    """

    start: datetime
    faces: int
    unknown_faces: int
    plates: int
    unmatched_plates: int
    checks: int
    stopped: int
    seen_plates: int
    unreadable_plates: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the values of a day lie, to the thousandth.

    Attributes:
        day: When it begins, in UTC.
        count: How many values there are.
        low: A tenth of the values is at most this.
        median: Half of them are.
        high: Nine tenths of them are.
    """

    day: datetime
    count: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many events gave a reason."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the events from ``first`` to ``end`` (exclusive; whole hours) come to.

    Slots and days without events are left out.

    Attributes:
        camera_id: The only camera that is counted; None counts all.
        cameras: The busiest cameras, at most ``MOST_CAMERAS``.
        confidence: Of plates that have a text.
        similarity: Of faces to the drivers whose they are, cosine.
        reasons: The most frequent first, at most ``MOST_REASONS``.
    """

    first: datetime
    end: datetime
    step: Step
    camera_id: str | None
    traffic: tuple[SlotCount, ...]
    cameras: tuple[CameraCount, ...]
    confidence: tuple[Spread, ...]
    similarity: tuple[Spread, ...]
    reasons: tuple[ReasonCount, ...]

    def strangers(self, step: Step | None = None) -> tuple[Strangers, ...]:
        """How often nobody was known, slot by slot; in slots of another length where one is given.

        Args:
            step: At least that of the figures.
        """
        slots: dict[datetime, list[SlotCount]] = {}
        for counted in self.traffic:
            slots.setdefault((step or self.step).start(counted.start), []).append(counted)
        return tuple(_strangers(start, slots[start]) for start in sorted(slots))


def spread_of(day: datetime, values: Sequence[tuple[float, int]]) -> Spread:
    """Where values lie.

    Args:
        day: When their day begins.
        values: In rising order, each with how often it is there; at least one.
    """
    count = sum(number for _, number in values)
    low, median, high = (_at(values, count * tenths) for tenths in (1, 5, 9))
    return Spread(day, count, low, median, high)


def _at(values: Sequence[tuple[float, int]], tenths: int) -> float:
    """The first value up to which at least so many tenths of a value lie (nearest rank)."""
    seen = 0
    for value, number in values:
        seen += number
        if 10 * seen >= tenths:
            return value
    raise ValueError("there are no values")


def _strangers(start: datetime, counts: Sequence[SlotCount]) -> Strangers:
    faces = [one for one in counts if one.kind is EventKind.FACE_IDENTIFIED]
    checks = [one for one in counts if one.kind is EventKind.GATE_CHECKED]
    return Strangers(
        start,
        faces=sum(one.count for one in faces),
        unknown_faces=sum(one.count for one in faces if one.decision is Decision.UNKNOWN),
        plates=sum(one.plates - one.unreadable for one in checks),
        unmatched_plates=sum(one.plates - one.unreadable - one.vehicles for one in checks),
        checks=sum(one.count for one in checks),
        stopped=sum(one.count for one in checks if one.decision is not Decision.ALLOW),
        seen_plates=sum(one.plates for one in counts),
        unreadable_plates=sum(one.unreadable for one in counts),
    )
