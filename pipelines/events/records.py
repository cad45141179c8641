"""Events: what was recognised, where and when, and what was decided."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import uuid4

from pipelines.gallery.driver_records import storable

MAX_CAMERA: Final = 100
"""Characters of a camera's id."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_S: Final = 3600


class EventKind(StrEnum):
    """What was asked."""

    PLATE_READ = "plate_read"
    FACE_IDENTIFIED = "face_identified"
    GATE_CHECKED = "gate_checked"


class Decision(StrEnum):
    """What was decided: the first three of a gate, the others of a face; nothing of a plate."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"
    DRIVER = "driver"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SeenPlate:
    """A plate as it was read.

    Attributes:
        raw: The reader's own text.
        text: The text that counts: that of the known vehicle, or of the country's pattern.
        country: ISO 3166-1 alpha-2 code, or None.
        confidence: That the reading is right, [0, 1].
    """

    raw: str
    text: str
    country: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event before it is stored. It has no vector and no name.

    Attributes:
        kind: What was asked.
        at: When the camera saw it; timezone-aware.
        camera_id: What the caller calls the camera, at most 100 characters; None without one.
        plate: The plate; None where none was seen or asked for.
        vehicle_id: The known vehicle of the plate.
        driver_id: Whose the face is.
        similarity: Of the face to the nearest driver, cosine, [-1, 1].
        threshold: What the similarity had to reach.
        decision: What was decided.
        reasons: Why, as short codes; they name nobody.
        request_id: Of the request that was answered.
        crop_key: Path of the stored crop; "" or None without one. The event owns it from then on:
            it is removed with the event.
        token: Makes the event be stored once, however often it is sent; 32 characters.
    """

    kind: EventKind
    at: datetime
    camera_id: str | None = None
    plate: SeenPlate | None = None
    vehicle_id: int | None = None
    driver_id: int | None = None
    similarity: float | None = None
    threshold: float | None = None
    decision: Decision | None = None
    reasons: tuple[str, ...] = ()
    request_id: str | None = None
    crop_key: str | None = None
    token: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("an event needs a moment with a time zone")
        if len(self.camera_id or "") > MAX_CAMERA or not storable(self.camera_id):
            raise ValueError(f"a camera's id has at most {MAX_CAMERA} characters, none of them NUL")


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event.

    Attributes:
        event_id: From 1, in the order in which events were stored.
        received_at: When it was stored.
        seen: What it says. Without a driver where that one was erased since.
    """

    event_id: int
    received_at: datetime
    seen: NewEvent


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is None does not matter.

    Attributes:
        since: Seen at this moment or later; timezone-aware.
        until: Seen before this moment; timezone-aware.
        plate: What the plate's text, as it counts or as it was read, begins with.
    """

    since: datetime | None = None
    until: datetime | None = None
    camera_id: str | None = None
    kind: EventKind | None = None
    decision: Decision | None = None
    plate: str | None = None
    driver_id: int | None = None
    vehicle_id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of events, which is ordered by time and id, the newest first."""

    at: datetime
    event_id: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, the newest first, and the place to go on after; None at the end."""

    events: tuple[Event, ...]
    next_after: Place | None


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many events of a kind with a decision were seen in an hour, which begins at ``hour``."""

    hour: datetime
    kind: EventKind
    decision: Decision | None
    count: int


def hour_of(moment: datetime) -> int:
    """Hours from 1970 to a moment (timezone-aware), rounded down."""
    return int((moment - _EPOCH).total_seconds() // _HOUR_S)


def start_of_hour(hour: int) -> datetime:
    """When an hour of ``hour_of`` begins."""
    return datetime.fromtimestamp(hour * _HOUR_S, UTC)
