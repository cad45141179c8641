"""What becomes of a vehicle whose driver is erased or merged."""

from datetime import UTC, datetime

import pytest

from configs.settings import RetentionSettings
from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleDetails, VehicleFilter


@pytest.fixture
def fleet(vehicles: VehicleDirectory) -> VehicleDirectory:
    """Vehicle 1 names drivers 1 and 2, vehicle 2 driver 2, vehicle 3 nobody, vehicle 4 anybody."""
    for number, named in enumerate([(1, 2), (2,), (), None]):
        vehicles.create(VehicleDetails(f"A{number}", driver_ids=named), f"t{number}")
    return vehicles


def state(vehicles: VehicleDirectory) -> list[tuple[tuple[int, ...] | None, int]]:
    return [(one.details.driver_ids, one.version) for one in vehicles.page().vehicles]


def test_an_erased_driver_is_named_by_no_vehicle(
    fleet: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.erase(2)
    assert state(fleet) == [((1,), 2), ((), 2), ((), 1), (None, 1)]
    assert fleet.page(wanted=VehicleFilter(driver_id=2)).vehicles == ()


def test_a_driver_erased_by_retention_is_named_by_no_vehicle(
    fleet: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.update(2, {"valid_until": datetime(2020, 1, 1, tzinfo=UTC)})
    settings = RetentionSettings(expired_days=1)
    assert store.directory.erase_expired(2, datetime.now(UTC), settings) is not None
    assert state(fleet) == [((1,), 2), ((), 2), ((), 1), (None, 1)]


def test_a_merged_driver_is_named_as_the_one_that_stays(
    fleet: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.merge(3, 2)
    assert state(fleet) == [((1, 3), 2), ((3,), 2), ((), 1), (None, 1)]
    store.directory.merge(1, 3)
    assert state(fleet) == [((1,), 3), ((1,), 3), ((), 1), (None, 1)]


def test_a_merge_that_fails_leaves_the_vehicles_alone(
    fleet: VehicleDirectory, store: GalleryStore
) -> None:
    store.directory.update(2, {"external_id": "x"})
    with pytest.raises(Exception, match="do not look like one person"):
        store.directory.merge(3, 2, least=0.9)
    assert state(fleet) == [((1, 2), 1), ((2,), 1), ((), 1), (None, 1)]


def test_vehicles_change_nothing_of_the_drivers(
    fleet: VehicleDirectory, store: GalleryStore
) -> None:
    head = store.head()
    fleet.update(1, {"driver_ids": (3,)})
    fleet.erase(1)
    assert store.head() == head
    assert [one.version for one in store.directory.page().drivers] == [1, 1, 1]
