"""Vehicles that come from another gallery."""

from datetime import UTC, datetime

import pytest

from pipelines.errors import ExternalIdTaken, InvalidRequest, PlateTaken
from pipelines.gallery.store import GalleryStore
from pipelines.plate_matching.outcome import MatchReason
from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle, Fate
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleDetails, VehicleList

LONG_AGO = datetime(2020, 2, 29, 12, tzinfo=UTC)
ALL = VehicleDetails(
    plate="A123BC77",
    country="RU",
    list=VehicleList.WATCH,
    driver_ids=(1, 3),
    notes="van",
    external_id="van-1",
    valid_from=LONG_AGO,
    valid_until=datetime(2099, 1, 1, tzinfo=UTC),
)


def arriving(details: VehicleDetails | str, token: str = "t") -> ArrivingVehicle:
    if isinstance(details, str):
        details = VehicleDetails(details)
    return ArrivingVehicle(details, LONG_AGO, token)


def plates(vehicles: VehicleDirectory) -> list[str]:
    return [one.details.plate for one in vehicles.page().vehicles]


def test_what_comes_in_is_what_was_said_of_it(vehicles: VehicleDirectory) -> None:
    came = [arriving(ALL, "a"), arriving("B1", "b")]
    assert vehicles.foresee(came) == (Arrival(Fate.ADDED, None),) * 2
    assert vehicles.bring_in(came) == (Arrival(Fate.ADDED, 1), Arrival(Fate.ADDED, 2))
    first, second = vehicles.page().vehicles
    assert (first.details, first.created_at, first.version) == (ALL, LONG_AGO, 1)
    assert first.updated_at > LONG_AGO
    assert (second.details, second.vehicle_id) == (VehicleDetails("B1"), 2)


def test_the_gate_knows_what_came_in(vehicles: VehicleDirectory) -> None:
    seen = SeenPlate("A123BC77", (0.97,) * 8)
    assert vehicles.match(seen, 0.9).taken is None
    vehicles.bring_in([arriving(ALL)])
    match = vehicles.match(seen, 0.9)
    assert (match.match.reason, match.vehicle) == (MatchReason.MATCHED, vehicles.get(1))


def test_each_comes_in_once_and_stays_away_once_it_is_erased(vehicles: VehicleDirectory) -> None:
    came = [arriving("A1", "a"), arriving("B1", "b"), arriving("C1", "c")]
    vehicles.bring_in(came[:2])
    vehicles.update(1, {"plate": "A2"})
    vehicles.erase(2)
    expected = (Arrival(Fate.CAME_BEFORE, 1), Arrival(Fate.ERASED_SINCE, 2))
    assert vehicles.foresee(came) == (*expected, Arrival(Fate.ADDED, None))
    assert vehicles.bring_in(came) == (*expected, Arrival(Fate.ADDED, 3))
    assert plates(vehicles) == ["A2", "C1"]


def test_a_driver_who_is_gone_is_left_out_and_opens_nothing(
    vehicles: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.erase(2)
    named = [(1, 2, 3), (2,), (), None]
    came = [
        arriving(VehicleDetails(f"A{number}", driver_ids=one), f"t{number}")
        for number, one in enumerate(named)
    ]
    vehicles.bring_in(came)
    assert [one.details.driver_ids for one in vehicles.page().vehicles] == [(1, 3), (), (), None]


def named_by(vehicles: VehicleDirectory, token: str, *drivers: int) -> tuple[int, ...] | None:
    """Whom a vehicle names here that came naming some drivers."""
    [came] = vehicles.bring_in([arriving(VehicleDetails(token, driver_ids=drivers), token)])
    assert came.vehicle_id is not None
    return vehicles.get(came.vehicle_id).details.driver_ids


def test_a_driver_who_was_merged_is_named_as_the_one_who_stayed(
    vehicles: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.merge(3, 2)
    assert named_by(vehicles, "A1", 1, 2) == (1, 3)
    assert named_by(vehicles, "A2", 2, 3) == (3,)
    store.directory.merge(1, 3)
    assert named_by(vehicles, "A3", 2) == (1,)
    assert named_by(vehicles, "A4", 1, 2, 3) == (1,)
    store.directory.erase(1)
    assert named_by(vehicles, "A5", 2) == ()


@pytest.mark.parametrize(
    ("details", "fate", "message"),
    [
        (
            VehicleDetails("A1", "VN"),
            Fate.PLATE_TAKEN,
            "vehicle 1 bears the plate A1 already",
        ),
        (VehicleDetails("A1"), Fate.PLATE_TAKEN, "vehicle 1 bears the plate A1 already"),
        (
            VehicleDetails("B1", "US"),
            Fate.PLATE_TAKEN,
            "vehicle 2 bears the plate B1 already",
        ),
        (
            VehicleDetails("C1", external_id="van-1"),
            Fate.EXTERNAL_ID_TAKEN,
            'another vehicle has the external id "van-1"',
        ),
    ],
)
def test_a_known_vehicle_is_refused_with_all_that_came_with_it_or_left_as_it_is(
    vehicles: VehicleDirectory, details: VehicleDetails, fate: Fate, message: str
) -> None:
    vehicles.create(VehicleDetails("A1", "VN", external_id="van-1"), "first")
    vehicles.create(VehicleDetails("B1"), "second")
    came = [arriving("Z1", "z"), arriving(details, "known")]
    in_the_way = Arrival(fate, 2 if details.plate == "B1" else 1)
    assert vehicles.foresee(came) == (Arrival(Fate.ADDED, None), in_the_way)
    refusal = PlateTaken if fate is Fate.PLATE_TAKEN else ExternalIdTaken
    with pytest.raises(refusal, match=f"^{message}$"):
        vehicles.bring_in(came)
    assert plates(vehicles) == ["A1", "B1"]
    before = vehicles.page().vehicles
    assert vehicles.bring_in(came, keep_known=True) == (Arrival(Fate.ADDED, 3), in_the_way)
    assert vehicles.page().vehicles[:2] == before
    assert plates(vehicles) == ["A1", "B1", "Z1"]


def test_one_text_in_two_countries_is_two_vehicles(vehicles: VehicleDirectory) -> None:
    vehicles.create(VehicleDetails("A1", "VN"), "first")
    [came] = vehicles.bring_in([arriving(VehicleDetails("A1", "US"))])
    assert came == Arrival(Fate.ADDED, 2)


def test_what_cannot_be_stored_is_refused_whole(vehicles: VehicleDirectory) -> None:
    came = [arriving("A1", "a"), arriving("not a plate", "b")]
    with pytest.raises(InvalidRequest, match="plate must have 1 to 16 letters and digits"):
        vehicles.bring_in(came)
    assert plates(vehicles) == []


def test_many_links_come_in_at_once(vehicles: VehicleDirectory) -> None:
    came = [
        arriving(VehicleDetails(f"A{number}", driver_ids=(1, 2, 3)), f"t{number}")
        for number in range(100)
    ]
    assert [one.vehicle_id for one in vehicles.bring_in(came)] == list(range(1, 101))
    named = {one.details.driver_ids for one in vehicles.page(limit=100).vehicles}
    assert named == {(1, 2, 3)}
