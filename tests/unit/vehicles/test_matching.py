"""Read plates among the vehicles of a database that changes."""

import pytest
from sqlalchemy import update

from pipelines.gallery.store import GalleryStore
from pipelines.plate_matching.outcome import MatchReason
from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles import matching
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleDetails
from pipelines.vehicles.schema import vehicle_changes

LEAST = 0.9


def read(text: str) -> SeenPlate:
    return SeenPlate(text, (0.97,) * len(text))


def matched(vehicles: VehicleDirectory, text: str) -> int | None:
    taken = vehicles.match(read(text), LEAST).taken
    return taken.vehicle_id if taken else None


def test_a_vehicle_is_matched_as_soon_as_it_is_known_and_no_longer(
    vehicles: VehicleDirectory, store: GalleryStore
) -> None:
    other = VehicleDirectory(store)  # as another process has it
    assert (matched(vehicles, "30A12345"), matched(other, "30A12345")) == (None, None)
    record, _ = vehicles.create(VehicleDetails("30A12345", "VN", notes="van"), "t1")
    vehicles.create(VehicleDetails("51F67890"), "t2")
    doubtful = SeenPlate("30A1234S", (0.97,) * 7 + (0.4,))
    found = other.match(doubtful, LEAST)
    assert (found.taken, found.match.exact) == (record, False)
    assert (matched(other, "51F67890"), matched(other, "99Z11111")) == (2, None)
    changed = vehicles.update(1, {"plate": "29B54321", "country": None})
    assert (matched(other, "30A12345"), matched(other, "29B54321")) == (None, 1)
    assert other.match(read("29B54321"), LEAST).vehicle == changed
    vehicles.erase(1)
    assert (matched(other, "29B54321"), matched(other, "51F67890")) == (None, 2)


def test_what_is_not_taken_is_told_all_the_same(vehicles: VehicleDirectory) -> None:
    vehicles.create(VehicleDetails("AB123", "FI"), "t1")
    vehicles.create(VehicleDetails("AB123", "SE"), "t2")
    found = vehicles.match(read("AB123"), LEAST)
    assert (found.taken, found.match.reason) == (None, MatchReason.ALIKE)
    assert found.vehicle is not None
    assert found.vehicle.details.plate == "AB123"


def test_many_changes_at_once_are_read_whole(
    vehicles: VehicleDirectory, store: GalleryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_MOST_NEWS", 3)
    other = VehicleDirectory(store)
    vehicles.create(VehicleDetails("30A12340"), "t0")
    assert matched(other, "30A12340") == 1
    for number in range(1, 6):
        vehicles.create(VehicleDetails(f"30A1234{number}"), f"t{number}")
    vehicles.erase(1)
    assert [matched(other, f"30A1234{number}") for number in range(6)] == [None, 2, 3, 4, 5, 6]


def test_a_database_that_was_set_back_is_read_anew(
    vehicles: VehicleDirectory, store: GalleryStore
) -> None:
    vehicles.create(VehicleDetails("30A12345"), "t1")
    assert matched(vehicles, "30A12345") == 1
    with store.writing() as connection:
        connection.execute(update(vehicle_changes).values(at=store.directory.get(1).created_at))
        connection.exec_driver_sql("UPDATE vehicles SET plate = '51F67890'")
    assert (matched(vehicles, "30A12345"), matched(vehicles, "51F67890")) == (None, 1)
