"""What comes of a reading that is held against known plates."""

from dataclasses import dataclass
from enum import StrEnum


class MatchReason(StrEnum):
    """Why a reading is taken for a plate, or for none."""

    MATCHED = "matched"
    NOT_KNOWN = "not_known"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class PlateMatch:
    """A reading held against the known plates.

    Attributes:
        reason: Whether it is taken for one, and why not.
        plate_id: The likeliest known plate, also where it is not taken; None without any.
        probability: That it is this one, [0, 1], where half of the plates read are known ones.
        second_probability: That it is the second known plate.
        exact: Whether the text read is the plate's, character by character.
    """

    reason: MatchReason
    plate_id: int | None
    probability: float
    second_probability: float
    exact: bool
