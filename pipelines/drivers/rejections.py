"""Why a photo is not taken to enrol a driver by."""

from dataclasses import dataclass
from enum import StrEnum


class RejectReason(StrEnum):
    """Why a photo is not taken."""

    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    TILTED = "tilted"
    SEVERAL_FACES = "several_faces"
    NOT_SAME_PERSON = "not_same_person"
    SAME_PHOTO = "same_photo"
    ALREADY_ENROLLED = "already_enrolled"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one photo is not taken.

    Attributes:
        reason: For programs.
        message: One sentence for people: what is wrong and what to do.
        measured: What was measured, in the unit of ``limit``; None where nothing was.
        limit: The setting that it is held against; None where there is none.
    """

    reason: RejectReason
    message: str
    measured: float | None = None
    limit: float | None = None
