"""Several processes that change vehicles at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from configs.settings import GallerySettings
from pipelines.errors import DriverNotFound, PlateTaken, VersionMismatch
from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleDetails
from tests.unit.conftest import DIMENSION, MODEL

AT_ONCE = 4


def test_of_several_who_create_one_plate_or_change_one_version_one_wins(
    vehicles: VehicleDirectory, settings: GallerySettings
) -> None:
    stores = [GalleryStore.open(settings, MODEL, DIMENSION) for _ in range(AT_ONCE)]
    together = Barrier(AT_ONCE)

    def create(number: int) -> str:
        together.wait(10)
        try:
            VehicleDirectory(stores[number]).create(VehicleDetails("30A12345"), f"t{number}")
        except PlateTaken:
            return "taken"
        return "created"

    def change(number: int) -> str:
        together.wait(10)
        try:
            VehicleDirectory(stores[number]).update(1, {"notes": f"{number}"}, version=1)
        except VersionMismatch:
            return "late"
        return "changed"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        created = sorted(pool.map(create, range(AT_ONCE)))
        changed = sorted(pool.map(change, range(AT_ONCE)))
    assert created == ["created", "taken", "taken", "taken"]
    assert changed == ["changed", "late", "late", "late"]
    assert [one.version for one in vehicles.page().vehicles] == [2]
    for store in stores:
        store.close()


def test_no_vehicle_ever_names_a_driver_who_is_being_erased(
    vehicles: VehicleDirectory, settings: GallerySettings
) -> None:
    other = GalleryStore.open(settings, MODEL, DIMENSION)
    together = Barrier(2)

    def erase(driver_id: int) -> None:
        together.wait(10)
        other.directory.erase(driver_id)

    def name(driver_id: int) -> bool:
        together.wait(10)
        try:
            vehicles.create(VehicleDetails(f"A{driver_id}", driver_ids=(driver_id,)), "t")
        except DriverNotFound:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        erased = pool.submit(erase, 1)
        named = pool.submit(name, 1)
        erased.result(20)
        there = named.result(20)
    left = [one.details.driver_ids for one in vehicles.page().vehicles]
    assert left == ([()] if there else [])
    other.close()
