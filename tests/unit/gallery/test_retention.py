"""Sweeps over real databases and real crop stores."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from configs.settings import RetentionSettings, StorageSettings
from pipelines.drivers import retention
from pipelines.drivers.retention import Retention, Swept
from pipelines.errors import GalleryUnavailable, Unavailable
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crop_names import driver_owner, token_owner
from pipelines.storage.crops import CropStore
from pipelines.storage.object_store import ObjectStore
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.sweeping import LONG_AGO, NEVER, Service


@pytest.fixture(params=["folder", "memory"])
def crops(request: pytest.FixtureRequest, tmp_path: Path) -> CropStore:
    url = str(tmp_path / "crops") if request.param == "folder" else f"memory://{uuid4().hex}"
    return CropStore(StorageSettings(url=url))


@pytest.fixture
def service(store: GalleryStore, crops: CropStore, enrol: Enrol, person: Person) -> Service:
    return Service(store, crops, enrol, person)


class Prolonging(Service):
    """Somebody prolongs every driver's validity as soon as the sweep knows who is due."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.store, service.crops, service._enrol, service._person)

    async def expired(self, *args: Any) -> tuple[int, ...]:
        due = self.store.directory.expired(*args)
        for driver_id in due:
            self.store.directory.update(driver_id, {"valid_until": None})
        return due


def test_removes_the_crops_of_an_erasure_that_was_cut_off(service: Service) -> None:
    erased, crop = service.register(1)
    _, other = service.register(2)
    found = service.save(driver_owner(erased), LONG_AGO)
    service.store.directory.erase(erased)
    assert service.sweep() == Swept(removed_crops=1, cleared_drivers=1)
    assert [service.has(path) for path in (crop, found, other)] == [False, False, True]
    assert service.store.directory.pending_removals(9) == ()
    assert service.sweep() == Swept()


def test_keys_that_are_no_crops_hold_nothing_up(
    service: Service, enrol: Enrol, person: Person
) -> None:
    erased = service.store.register([enrol(person(1), "imported/7.jpg")])
    service.store.directory.erase(erased)
    assert service.sweep() == Swept(removed_crops=1)
    assert service.store.directory.pending_removals(9) == ()


def test_a_crop_saved_after_its_driver_was_erased_goes(service: Service) -> None:
    erased, _ = service.register(1)
    present, _ = service.register(2)
    service.store.directory.erase(erased)
    service.sweep()
    late, known = service.save(driver_owner(erased)), service.save(driver_owner(present))
    service.sweep()
    assert [service.has(late), service.has(known)] == [False, True]
    assert asyncio.run(service.crops.crops_of(driver_owner(erased))) == [late]  # for an hour


def test_crops_of_a_driver_merged_into_another_go(service: Service) -> None:
    kept, one = service.register(1)
    merged, other = service.register(2)
    found = service.save(driver_owner(merged), LONG_AGO)
    service.store.directory.merge(kept, merged)
    assert service.sweep() == Swept(cleared_drivers=1)
    assert [service.has(path) for path in (one, other, found)] == [True, True, False]


def test_erases_drivers_who_are_due_with_everything(service: Service) -> None:
    ended = DriverDetails(valid_until=datetime.now(UTC) - timedelta(days=31))
    recent = DriverDetails(valid_until=datetime.now(UTC) - timedelta(days=29))
    due, crop = service.register(1, ended)
    staying = [service.register(2, recent), service.register(3)]
    found = service.save(driver_owner(due), LONG_AGO)
    assert service.sweep(NEVER) == Swept()
    assert service.sweep(RetentionSettings(expired_days=30)) == Swept(erased_drivers=1)
    assert [service.has(path) for path in (crop, found)] == [False, False]
    assert all(service.has(path) for _, path in staying)
    last = service.store.changes_since(0)[-1]
    assert (last.kind, last.driver_id, last.detail) == (
        ChangeKind.DRIVER_ERASED,
        due,
        "retention",
    )
    assert service.store.directory.pending_removals(9) == ()


def test_spares_a_driver_whose_validity_was_prolonged_during_the_sweep(service: Service) -> None:
    driver, crop = service.register(1, DriverDetails(valid_until=LONG_AGO))
    found = service.save(driver_owner(driver), LONG_AGO)
    sweeps = Retention(Prolonging(service), service.crops, RetentionSettings(expired_days=30))
    assert asyncio.run(sweeps.sweep()) == Swept()
    assert service.store.directory.get(driver).details == DriverDetails()
    assert [service.has(path) for path in (crop, found)] == [True, True]


def test_goes_on_until_nobody_is_due(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_ERASED_AT_ONCE", 2)
    ended = DriverDetails(valid_until=LONG_AGO)
    paths = [service.register(number, ended)[1] for number in range(5)]
    assert service.sweep(RetentionSettings(expired_days=0)) == Swept(erased_drivers=5)
    assert not any(map(service.has, paths))


def test_a_registration_that_never_committed_leaves_nothing_and_never_will(
    service: Service, enrol: Enrol, person: Person
) -> None:
    token, path = service.open_registration(1, commit=False)
    assert service.sweep() == Swept(settled_registrations=1)
    assert not service.has(path)
    with pytest.raises(Unavailable, match=r"^the registration was withdrawn$"):
        service.store.register([enrol(person(1), path)], None, token)
    assert service.sweep() == Swept()


def test_a_registration_that_committed_keeps_its_crops(service: Service) -> None:
    _, path = service.open_registration(1, commit=True)
    assert service.sweep() == Swept(settled_registrations=1)
    assert service.has(path)
    assert asyncio.run(service.crops.tokens()) == []
    assert service.sweep() == Swept()


def test_a_registration_whose_driver_was_merged_keeps_its_crops(service: Service) -> None:
    token, path = service.open_registration(1, commit=True)
    first = service.store.withdraw(token)
    assert first is not None
    others = [service.register(number)[0] for number in (2, 3)]
    for driver, into in zip((first, others[0]), others, strict=True):
        service.store.directory.merge(into, driver)
    assert service.store.withdraw(token) == others[1]
    assert service.sweep().settled_registrations == 1
    assert service.has(path)
    service.store.directory.erase(others[1])
    service.sweep()
    assert not service.has(path)


def test_crops_of_a_try_that_was_not_the_one_committed_go(service: Service) -> None:
    token, path = service.open_registration(1, commit=True)
    surplus = service.save(token_owner(token), LONG_AGO)
    service.sweep()
    assert [service.has(path), service.has(surplus)] == [True, False]


def test_a_registration_under_way_is_left_alone(service: Service) -> None:
    path = service.save(token_owner("a1"))
    assert service.sweep() == Swept()
    assert service.has(path)
    assert "withdraw" not in service.calls


def test_old_crops_of_recognitions_and_plates_go_and_enrolled_ones_stay(service: Service) -> None:
    driver, enrolled = service.register(1)
    _, old_enrolled = service.open_registration(2, commit=True)
    limit = datetime.now(UTC) - timedelta(days=30)
    older, newer = limit - timedelta(minutes=1), limit + timedelta(minutes=1)
    owner = driver_owner(driver)
    gone = [service.save(owner, older), service.save(None, older, "license_plates")]
    kept = [service.save(owner, newer), service.save(None, newer, "license_plates")]
    assert service.sweep().old_crops == 0
    swept = service.sweep(RetentionSettings(crop_days=30))
    assert swept == Swept(old_crops=2)
    assert not any(map(service.has, gone))
    assert all(map(service.has, [*kept, enrolled, old_enrolled]))
    assert asyncio.run(service.crops.crops_of(owner)) == kept[:1]


def test_one_failure_stops_nothing_else(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_REMOVED_AT_ONCE", 1)
    (one, stuck), (other, crop) = service.register(1), service.register(2)
    service.store.directory.erase(one)
    service.store.directory.erase(other)
    old = service.save(None, LONG_AGO, "license_plates")
    remove_all = CropStore.remove_all

    async def fails(crops: CropStore, paths: Sequence[str]) -> None:
        if stuck in paths:
            raise Unavailable("the store cannot be used now: OSError")
        await remove_all(crops, paths)

    service.broken = {"expired": GalleryUnavailable("the driver gallery cannot be reached now")}
    settings = RetentionSettings(crop_days=1, driver_days=1)
    with monkeypatch.context() as patch:
        patch.setattr(CropStore, "remove_all", fails)
        swept = service.sweep(settings)
    failures = {"removed_crops": 1, "erased_drivers": 1}
    assert swept == Swept(removed_crops=1, old_crops=1, failures=failures)
    assert [service.has(path) for path in (stuck, crop, old)] == [True, False, False]
    service.broken = {}
    assert service.sweep(settings) == Swept(removed_crops=1)
    assert not service.has(stuck)


def test_a_gallery_that_cannot_be_reached_loses_no_crop(service: Service) -> None:
    driver, crop = service.register(1)
    paths = [crop, service.save(driver_owner(driver)), service.open_registration(2, commit=True)[1]]
    error = GalleryUnavailable("the driver gallery cannot be reached now")
    service.broken = dict.fromkeys(("page", "pending_removals", "withdraw", "expired"), error)
    failures = {
        "removed_crops": 1,
        "erased_drivers": 1,
        "settled_registrations": 1,
        "cleared_drivers": 1,
    }
    assert service.sweep(RetentionSettings(driver_days=1)) == Swept(failures=failures)
    assert all(map(service.has, paths))


def test_a_fault_of_the_program_is_not_hidden(service: Service) -> None:
    service.broken = {"pending_removals": ValueError("a fault")}
    with pytest.raises(ValueError, match=r"^a fault$"):
        service.sweep()


def test_a_sweep_lists_a_bounded_number_of_owners_and_the_next_goes_on(
    crops: CropStore, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_LISTINGS_A_SWEEP", 10)
    monkeypatch.setattr(retention, "_LISTINGS_OF_A_BLOCK", 1)
    listed: list[str] = []
    names = ObjectStore.names

    async def noted(store: ObjectStore, folder: str) -> list[str]:
        listed.append(folder)
        return await names(store, folder)

    erased = [block * 1000 + place for block in range(6) for place in range(4)]
    paths = [service.save(driver_owner(driver_id), LONG_AGO) for driver_id in erased]
    monkeypatch.setattr(ObjectStore, "names", noted)
    sweeps = Retention(service, crops, NEVER)
    for round_ in range(1, 4):
        listed.clear()
        asyncio.run(sweeps.sweep())
        assert sum(folder.startswith("owners/driver/") for folder in listed) == 18  # 2 blocks
        assert sum(map(service.has, paths)) == 24 - 8 * round_
