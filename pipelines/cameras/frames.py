"""Pictures of a stream, and what is known about the stream."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipelines.types import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera.

    Attributes:
        picture: ``(H, W, 3)`` uint8 BGR.
        at: When it was taken; timezone-aware.
        at_s: The same on a clock that only moves forward, for differences; seconds.
    """

    picture: Picture
    at: datetime
    at_s: float


class CameraState(StrEnum):
    """What a camera is doing."""

    CONNECTING = "connecting"
    WATCHING = "watching"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a stream is getting on.

    Attributes:
        reason: Why it failed, without its address; None otherwise. It is tried again.
        seen: Pictures that the stream brought.
        sampled: Those of them that were to be looked at.
        dropped: Those of ``sampled`` that a newer one replaced before anybody looked.
        last_frame_at: When the stream last brought a picture; timezone-aware.
        reconnects: Times that the stream was opened again after it had failed.
    """

    state: CameraState = CameraState.CONNECTING
    reason: str | None = None
    seen: int = 0
    sampled: int = 0
    dropped: int = 0
    last_frame_at: datetime | None = None
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A camera's newest picture for people to look at.

    Attributes:
        jpeg: The picture, scaled down where it is large.
        at: When it was taken; timezone-aware.
    """

    jpeg: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class CameraView:
    """How a stream is getting on, and what it shows; no picture where it brings none."""

    source: SourceStatus
    picture: LivePicture | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a camera's pictures.

    Attributes:
        failed_looks: Pictures that a model could not be asked about.
        plate_events: Vehicles that were recorded.
        face_events: People who were recorded.
        repeated: Vehicles and people who were recorded shortly before and came again.
        unclear: Vehicles and people who passed without a clear result.
        lost: Vehicles and people who were decided on and could not be recorded.
    """

    failed_looks: int = 0
    plate_events: int = 0
    face_events: int = 0
    repeated: int = 0
    unclear: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """How a camera is getting on: its stream, and what came of it."""

    camera_id: str
    source: SourceStatus
    tally: Tally = Tally()
