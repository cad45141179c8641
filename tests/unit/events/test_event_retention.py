"""Sweeps of old events and of their pictures."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from configs.settings import RetentionSettings, StorageSettings
from pipelines.drivers import retention
from pipelines.drivers.retention import Retention, Swept
from pipelines.errors import GalleryUnavailable
from pipelines.events.journal import EventJournal
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crops import CropStore
from tests.contract.local_books import Faults, LocalBook
from tests.unit.conftest import Enrol, Person
from tests.unit.events.passing import passing
from tests.unit.gallery.sweeping import Service

AT_ONCE = RetentionSettings(event_days=1e-9)


@pytest.fixture
def service(store: GalleryStore, tmp_path: Path, enrol: Enrol, person: Person) -> Service:
    return Service(store, CropStore(StorageSettings(url=str(tmp_path / "crops"))), enrol, person)


def sweep(service: Service, settings: RetentionSettings, faults: Faults | None = None) -> Swept:
    journal: Any = LocalBook(EventJournal(service.store), faults or Faults())
    return asyncio.run(Retention(service, service.crops, settings, journal).sweep())


def test_events_past_their_days_go_with_their_pictures(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_EVENTS_AT_ONCE", 2)
    crop = service.save(None, kind="license_plates")
    other = service.save(None, kind="license_plates")
    journal = EventJournal(service.store)
    journal.append([passing(crop_key=crop), *(passing() for _ in range(4))])
    assert sweep(service, RetentionSettings()) == Swept()
    assert sweep(service, RetentionSettings(event_days=None)) == Swept()
    assert sweep(service, AT_ONCE) == Swept(old_events=5, removed_crops=1)
    assert journal.since(0) == ()
    assert [service.has(path) for path in (crop, other)] == [False, True]
    assert sweep(service, AT_ONCE) == Swept()


def test_a_sweep_that_cannot_reach_the_journal_does_the_rest(service: Service) -> None:
    erased, crop = service.register(1)
    service.store.directory.erase(erased)
    EventJournal(service.store).append([passing()])

    class Away(Faults):
        def arise(self, stage: str) -> None:
            raise GalleryUnavailable(f"no {stage}")

    assert sweep(service, AT_ONCE, Away()) == Swept(removed_crops=1, failures={"old_events": 1})
    assert not service.has(crop)
    assert len(EventJournal(service.store).since(0)) == 1
