"""What a directory should hold, as plain dictionaries."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.records import ChangeKind, EnrolledFace
from pipelines.types import FaceQuality, Vector

DIMENSION = 4


def face(number: int) -> EnrolledFace:
    drawn = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    return EnrolledFace(unit, "m", 0.9, quality, f"{number}.jpg", b"png")


@dataclass
class Person:
    details: DriverDetails
    faces: set[int]
    version: int = 1


@dataclass
class Truth:
    """What the gallery should hold."""

    people: dict[int, Person] = field(default_factory=dict)
    log: list[tuple[ChangeKind, int]] = field(default_factory=list)
    tokens: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    embedded: set[int] = field(default_factory=set)
    next_face: int = 1

    def taken(self, external_id: str | None, by_other_than: int) -> bool:
        return external_id is not None and any(
            one.details.external_id == external_id
            for driver_id, one in self.people.items()
            if driver_id != by_other_than
        )
