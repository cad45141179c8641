"""Who and what a camera has recorded shortly before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import numpy as np

from pipelines.cameras.likeness import SURE, folded, one_apart
from pipelines.types import Vector

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class VehicleKey:
    """What tells a vehicle: the known vehicle's id, or the text and how sure it is, [0, 1].

    A sure text that is one character off is another vehicle's: fleets are numbered in a row.
    """

    text: str
    confidence: float
    vehicle_id: int | None = None

    def is_that_of(self, earlier: "VehicleKey") -> bool:
        """Whether an earlier one was the same vehicle."""
        if self.vehicle_id is not None and earlier.vehicle_id is not None:
            return self.vehicle_id == earlier.vehicle_id
        if folded(self.text) == folded(earlier.text):
            return True
        return min(self.confidence, earlier.confidence) < SURE and one_apart(
            self.text, earlier.text
        )


@dataclass(frozen=True, slots=True, eq=False)
class PersonKey:
    """What tells a person: the driver's id, or the face.

    Attributes:
        least: Cosine from which two faces are one person's.
    """

    embedding: Vector
    model_id: str
    least: float
    driver_id: int | None = None

    @classmethod
    def of_driver(cls, driver_id: int) -> Self:
        """A driver whose face is not known any more."""
        return cls(np.zeros(0, np.float32), "", 1.0, driver_id)

    def is_that_of(self, earlier: "PersonKey") -> bool:
        """Whether an earlier one was the same person."""
        if self.driver_id is not None and earlier.driver_id is not None:
            return self.driver_id == earlier.driver_id
        if self.model_id != earlier.model_id:
            return False
        return float(self.embedding @ earlier.embedding) >= self.least


@dataclass(slots=True)
class _Remembered(Generic[Key]):
    key: Key
    at_s: float


class Recent(Generic[Key]):
    """Remembers who was recorded until they were out of sight for long enough.

    Args:
        again_after_s: How long.
        same: Whether the first is the same as the second, an earlier one.
    """

    def __init__(self, again_after_s: float, same: Callable[[Key, Key], bool]) -> None:
        self._again_after_s = again_after_s
        self._same = same
        self._remembered: list[_Remembered[Key]] = []
        self._in_sight: dict[int, _Remembered[Key]] = {}

    def knows(self, key: Key, number: int, at_s: float) -> bool:
        """Whether this is somebody who was recorded shortly before; they are then still there.

        Args:
            key: What tells who it is.
            number: Of the track; while that is in sight, the time does not run.
            at_s: Now.
        """
        past = at_s - self._again_after_s
        self._remembered = [one for one in self._remembered if one.at_s >= past]
        known = next((one for one in self._remembered if self._same(key, one.key)), None)
        if known is None:
            return False
        known.at_s = at_s
        self._in_sight[number] = known
        return True

    def remember(self, key: Key, at_s: float, number: int | None = None) -> None:
        """Say that somebody was recorded; without a number they are not in sight any more."""
        remembered = _Remembered(key, at_s)
        self._remembered.append(remembered)
        if number is not None:
            self._in_sight[number] = remembered

    def still_there(self, numbers: Sequence[int], at_s: float) -> None:
        """Say what is in sight: numbers of tracks."""
        self._in_sight = {
            number: one for number, one in self._in_sight.items() if number in numbers
        }
        for one in self._in_sight.values():
            one.at_s = at_s
