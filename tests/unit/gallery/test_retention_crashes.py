"""Sweeps that die, and sweeps that meet."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from configs.settings import RetentionSettings, StorageSettings
from pipelines.drivers.retention import Retention, Swept
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crop_names import driver_owner, token_owner
from pipelines.storage.crops import CropStore
from pipelines.storage.object_store import ObjectStore
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.sweeping import LONG_AGO, Service

EVERYTHING = RetentionSettings(expired_days=1, crop_days=30)


class Killed(BaseException):
    """Ends a sweep as the death of its process would."""


@pytest.fixture
def service(store: GalleryStore, enrol: Enrol, person: Person) -> Service:
    crops = CropStore(StorageSettings(url=f"memory://{uuid4().hex}"))
    return Service(store, crops, enrol, person)


def filled(service: Service) -> tuple[list[str], list[str]]:
    """Something of everything: crops that are due, and crops that stay."""
    ended = DriverDetails(valid_until=LONG_AGO)
    (erased, crop), (due, due_crop), (present, kept) = (
        service.register(1),
        service.register(2, ended),
        service.register(3),
    )
    service.store.directory.erase(erased)
    token, committed = service.open_registration(4, commit=True)
    gone = [
        crop,
        due_crop,
        service.save(driver_owner(erased), LONG_AGO),
        service.save(driver_owner(due), LONG_AGO),
        service.save(driver_owner(present), LONG_AGO),
        service.save(None, LONG_AGO, "license_plates"),
        service.open_registration(5, commit=False)[1],
        service.save(token_owner(token), LONG_AGO),
    ]
    today = datetime.now(UTC) - timedelta(hours=2)
    return gone, [kept, committed, service.save(driver_owner(present), today)]


def test_two_replicas_sweep_at_once(service: Service) -> None:
    gone, kept = filled(service)

    async def both() -> list[Swept]:
        replicas = [Retention(service, service.crops, EVERYTHING) for _ in range(2)]
        return await asyncio.gather(*(replica.sweep() for replica in replicas))

    swept = asyncio.run(both())
    assert [one.failures for one in swept] == [{}, {}]
    assert not any(map(service.has, gone))
    assert all(map(service.has, kept))
    assert service.sweep(EVERYTHING) == Swept()


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
def test_a_sweep_may_die_at_every_call(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    real = {name: getattr(ObjectStore, name) for name in ("names", "remove_all")}
    left = -1

    def count() -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise Killed

    def counted(name: str) -> Any:
        async def call(store: ObjectStore, *args: Any) -> Any:
            count()
            return await real[name](store, *args)

        return call

    class Counting(Service):
        def __getattr__(self, name: str) -> Any:
            count()
            return super().__getattr__(name)

    for name in real:
        monkeypatch.setattr(ObjectStore, name, counted(name))
    dying = Counting(service.store, service.crops, service._enrol, service._person)
    deaths, died = 0, True
    while died:
        gone, kept = filled(service)
        left = deaths
        try:
            dying.sweep(EVERYTHING)
            died = False
        except Killed:
            deaths += 1
        left = -1
        assert all(map(service.has, kept))
        service.sweep(EVERYTHING)
        assert not any(map(service.has, gone))
        assert all(map(service.has, kept))
        for driver in service.store.directory.page().drivers:
            service.store.directory.erase(driver.driver_id)
        service.sweep(EVERYTHING)
        assert not any(map(service.has, kept))
    assert deaths > 30
