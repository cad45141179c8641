"""Reading the crops of old events again."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from configs.settings import Settings, StorageSettings
from pipelines.bulk.crop_rereading import RereadEvents
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.errors import ConfigurationError, Unavailable
from pipelines.events.journal import EventJournal
from pipelines.events.records import SeenPlate
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crops import CropStore
from tests.contract.application import jpeg
from tests.unit.bulk.pictures import FAKES
from tests.unit.bulk.recipes import rows_of
from tests.unit.events.passing import passing


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            **FAKES.model_dump(),
            "gallery": {"database_url": f"sqlite:///{tmp_path}/gatehouse.db"},
            "storage": {"url": str(tmp_path / "crops")},
        }
    )


def crop(text: str) -> bytes:
    picture, box = draw_fake_plate(np.full((150, 400, 3), 90, np.uint8), 20, 20, text)
    return jpeg(picture[10 : int(box.y2) + 10, 10 : int(box.x2) + 10].copy())


def kept(storage: StorageSettings, data: bytes) -> str:
    return asyncio.run(CropStore(storage).save("license_plates", data))


def reread(job: RereadEvents) -> list[dict[str, Any]]:
    return rows_of(job.worker(), asyncio.run(job.found()).items)


def test_tells_old_and_new_text_of_every_event_with_a_crop(settings: Settings) -> None:
    right, wrong = kept(settings.storage, crop("30M2943")), kept(settings.storage, crop("KA1B2C3"))
    grey = kept(settings.storage, jpeg(np.full((40, 120, 3), 90, np.uint8)))
    broken, gone = kept(settings.storage, b"\xff\xd8\xff\xe0"), kept(settings.storage, b"x")
    asyncio.run(CropStore(settings.storage).remove(gone))
    store = GalleryStore.open(settings.gallery, "test-model", 16)
    plates = [
        (SeenPlate("30M2943", "30M2943", "VN", 0.9), right),
        (SeenPlate("KA1B2O3", "KA1B2O3", None, 0.4), wrong),
        (SeenPlate("AB12", "AB12", None, 0.5), grey),
        (SeenPlate("AB13", "AB13", None, 0.5), broken),
        (SeenPlate("AB14", "AB14", None, 0.5), gone),
        (SeenPlate("AB15", "AB15", None, 0.5), None),
        (None, None),
    ]
    EventJournal(store).append([passing(plate=plate, crop_key=key) for plate, key in plates])
    store.close()
    job = RereadEvents(settings)
    rows = reread(job)
    pa.Table.from_pylist(rows, schema=job.schema)
    assert [(row["event_id"], row["outcome"]) for row in rows] == [
        (1, "same"),
        (2, "changed"),
        (3, "unreadable"),
        (4, "failed"),
        (5, "failed"),
    ]
    assert rows[1]["old_text"] == "KA1B2O3"
    assert (rows[1]["new_text"], rows[1]["new_confidence"]) == ("KA1B2C3", 0.99)
    assert rows[1]["at"] == "2026-11-22T12:00:00+00:00"
    assert [row.get("error_code") for row in rows[3:]] == ["unreadable_picture", "not_found"]


def test_crops_that_are_no_longer_there_are_no_outcome_of_their_events(
    settings: Settings, tmp_path: Path
) -> None:
    key = kept(settings.storage, crop("30M2943"))
    store = GalleryStore.open(settings.gallery, "test-model", 16)
    plate = SeenPlate("30M2943", "30M2943", "VN", 0.9)
    EventJournal(store).append([passing(plate=plate, crop_key=key)])
    store.close()
    shutil.rmtree(tmp_path / "crops")
    with pytest.raises(Unavailable, match="crops is empty now and was not before"):
        reread(RereadEvents(settings))


def test_the_record_tells_databases_and_crop_stores_apart(settings: Settings) -> None:
    there = {"gallery": {"database_url": "postgresql://gate:secret@db.example/gate"}}
    record = RereadEvents(Settings.model_validate({**settings.model_dump(), **there})).record()
    assert record["database"] == "postgresql+psycopg://gate:***@db.example/gate"
    assert record["crops"] == settings.storage.url
    assert "secret" not in str(record)
    assert RereadEvents(settings).record()["database"] == settings.gallery.database_url


def test_a_database_that_is_not_there_is_refused_and_not_made(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(RereadEvents(settings).found())
    assert str(refused.value) == (
        f"there is no gallery database {tmp_path}/gatehouse.db: see gallery.database_url"
    )
    assert not [*tmp_path.iterdir()]


def test_a_database_of_another_version_is_refused_and_not_changed(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "gatehouse.db").touch()
    with pytest.raises(ConfigurationError, match=r"has schema none and not 00\d\d"):
        asyncio.run(RereadEvents(settings).found())
    assert (tmp_path / "gatehouse.db").read_bytes() == b""


def test_a_journal_without_crops_is_refused(settings: Settings) -> None:
    GalleryStore.open(settings.gallery, "test-model", 16).close()
    with pytest.raises(ConfigurationError, match="no event has the crop of a plate"):
        asyncio.run(RereadEvents(settings).found())
