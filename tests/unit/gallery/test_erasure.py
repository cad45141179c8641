"""Erasures whose crops cannot be removed at once."""

import asyncio
from uuid import uuid4

import pytest

from configs.settings import EnrolmentSettings, StorageSettings
from pipelines.drivers.erasure import DriverErasure
from pipelines.errors import ConfigurationError, DriverNotFound, GatehouseError, Unavailable
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crop_names import driver_owner
from pipelines.storage.crops import CropStore
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.sweeping import LONG_AGO, Service


@pytest.fixture
def service(store: GalleryStore, enrol: Enrol, person: Person) -> Service:
    crops = CropStore(StorageSettings(url=f"memory://{uuid4().hex}"))
    return Service(store, crops, enrol, person)


def erasure(service: Service) -> DriverErasure:
    return DriverErasure(service, service.crops, EnrolmentSettings())


@pytest.mark.parametrize(
    "failure",
    [Unavailable("the store cannot be used now"), ConfigurationError("the store refuses access")],
)
def test_an_erasure_succeeds_once_the_rows_are_gone(
    service: Service, monkeypatch: pytest.MonkeyPatch, failure: GatehouseError
) -> None:
    driver, crop = service.register(1)
    found = service.save(driver_owner(driver), LONG_AGO)

    async def fails(*_: object) -> bool:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(CropStore, "remove_of", fails)
        asyncio.run(erasure(service).erase(driver))
    with pytest.raises(DriverNotFound):
        service.store.directory.get(driver)
    service.sweep()
    assert [service.has(path) for path in (crop, found)] == [False, False]
    assert service.store.directory.pending_removals(9) == ()


def test_removes_the_crops_of_a_driver_at_once(service: Service) -> None:
    driver, crop = service.register(1)
    found = service.save(driver_owner(driver), LONG_AGO)
    asyncio.run(erasure(service).erase(driver))
    assert [service.has(path) for path in (crop, found)] == [False, False]
    assert service.store.directory.pending_removals(9) == ()
