"""Who was recorded shortly before."""

import numpy as np
import pytest

from pipelines.cameras.recent import PersonKey, Recent, VehicleKey
from pipelines.types import Vector


def vehicles(again_after_s: float = 60.0) -> Recent[VehicleKey]:
    return Recent(again_after_s, VehicleKey.is_that_of)


def test_somebody_is_known_until_they_were_out_of_sight_for_long_enough() -> None:
    recent = vehicles()
    key = VehicleKey("AB123CD", 0.95)
    assert not recent.knows(key, 1, 0.0)
    recent.remember(key, 0.0, 1)
    recent.still_there([1], 100.0)
    recent.still_there([], 101.0)
    assert recent.knows(key, 2, 160.0)
    recent.still_there([], 161.0)
    assert recent.knows(key, 3, 220.0)
    recent.still_there([], 220.1)
    assert not recent.knows(key, 4, 280.1)


@pytest.mark.parametrize(
    ("later", "known"),
    [
        (VehicleKey("AB123CD", 0.95), True),
        (VehicleKey("AB1Z3CD", 0.85), True),  # one character off, and not sure
        (VehicleKey("AB1Z3CD", 0.95), False),  # a fleet's next number
        (VehicleKey("AB23CD", 0.6), True),
        (VehicleKey("AB1Z8CD", 0.6), False),
        (VehicleKey("AB12CDE", 0.6), False),  # most characters in common, and two off
        (VehicleKey("XY999ZZ", 0.6), False),
        (VehicleKey("XY999ZZ", 0.95, vehicle_id=3), True),
        (VehicleKey("XY999ZZ", 0.95, vehicle_id=4), False),
    ],
)
def test_vehicles_are_told_by_their_text_or_id(later: VehicleKey, known: bool) -> None:
    recent = vehicles()
    recent.remember(VehicleKey("AB123CD", 0.95, vehicle_id=3), 0.0)
    assert recent.knows(later, 2, 1.0) is known


@pytest.mark.parametrize("text", ["AB123CD", "AB1Z3CD"])
def test_two_known_vehicles_are_never_one(text: str) -> None:
    recent = vehicles()
    recent.remember(VehicleKey("AB123CD", 0.7, vehicle_id=3), 0.0)
    assert not recent.knows(VehicleKey(text, 0.7, vehicle_id=4), 2, 1.0)


def test_o_and_nought_are_one_vehicle() -> None:
    recent = vehicles()
    recent.remember(VehicleKey("AO12I", 0.99), 0.0)
    assert recent.knows(VehicleKey("A0121", 0.99), 2, 1.0)


def towards(degrees: float) -> Vector:
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def person(degrees: float, driver_id: int | None = None, model_id: str = "m") -> PersonKey:
    return PersonKey(towards(degrees), model_id, 0.5, driver_id)


@pytest.mark.parametrize(
    ("earlier", "later", "same"),
    [
        (person(0), person(50), True),
        (person(0), person(70), False),
        (person(0, driver_id=7), person(90, driver_id=7), True),
        (person(0, driver_id=7), person(0, driver_id=8), False),
        (person(0, driver_id=7), person(10), True),
        (person(0), person(0, model_id="other"), False),
    ],
)
def test_people_are_told_by_their_record_or_face(
    earlier: PersonKey, later: PersonKey, same: bool
) -> None:
    assert later.is_that_of(earlier) is same
