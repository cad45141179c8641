"""Reading the stored crops of old events again."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa

from configs.settings import ROOT, Settings
from pipelines.bulk.identity import settings_record
from pipelines.bulk.plate_engines import PlateEngines, Plates, outcome_of, require_some_done, told
from pipelines.bulk.source import Found, Item, require_there
from pipelines.bulk.work import Row
from pipelines.errors import ConfigurationError, NotFound
from pipelines.events.journal import EventJournal
from pipelines.events.records import Event
from pipelines.gallery.database import database_url, open_engine, reaching_store
from pipelines.gallery.migration import require_migrated
from pipelines.gallery.transactions import Transactions
from pipelines.picture_downloads import PatientFetching
from pipelines.storage.crops import CropStore
from pipelines.storage.object_store import ObjectStore
from pipelines.types import Plate

_PAGE: Final = 10_000
_AT_ONCE: Final = 8

SCHEMA: Final = pa.schema(
    [
        ("event_id", pa.int64()),
        ("kind", pa.string()),
        ("at", pa.string()),
        ("camera_id", pa.string()),
        ("crop", pa.string()),
        ("old_text", pa.string()),
        ("old_raw_text", pa.string()),
        ("old_country", pa.string()),
        ("old_confidence", pa.float64()),
        ("outcome", pa.string()),
        ("new_text", pa.string()),
        ("new_raw_text", pa.string()),
        ("new_country", pa.string()),
        ("new_confidence", pa.float64()),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class RereadEvents:
    """The job: the events of the gallery's database that have the crop of a plate.

    Attributes:
        settings: The settings tree: database, crops and engines.
    """

    settings: Settings

    unit: ClassVar[str] = "event"
    together: ClassVar[int] = _AT_ONCE
    identity: ClassVar[Sequence[str]] = ("event_id",)

    @property
    def schema(self) -> pa.Schema:
        return SCHEMA

    async def found(self) -> Found:
        found = await asyncio.to_thread(lambda: list(_with_crops(self.settings)))
        if not found:
            raise ConfigurationError("no event has the crop of a plate: there is nothing to read")
        return Found(found, {})

    def record(self) -> Mapping[str, str]:
        """Two databases, or two stores, have other events and crops under the same names."""
        url = database_url(self.settings.gallery).difference_update_query(["password"])
        database = url.render_as_string(hide_password=True)
        places = {"database": database, "crops": self.settings.storage.url}
        return {"job": "reread-events", **places, **settings_record(self.settings)}

    def worker(self) -> "CropRereading":
        return CropRereading(self.settings)


class CropRereading:
    """Reads crops as they were stored: straightened plates, as JPEG.

    Args:
        settings: The settings tree.

    Raises:
        ConfigurationError: A model cannot be loaded, or the crop store cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.storage.url
        self._store = ObjectStore(settings.storage.url, settings.storage.timeout_s)
        self._crops = CropStore(settings.storage)
        self._patiently = PatientFetching(settings.pictures)
        self._engines = PlateEngines(settings)

    async def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        """Read the crops of events again; a row each, in order, some at a time.

        Raises:
            Unavailable, UpstreamFailure, ConfigurationError: The crops cannot be read.
            Unavailable: The engines fail at every crop.
        """
        rows: list[Row] = []
        for start in range(0, len(items), _AT_ONCE):
            group = items[start : start + _AT_ONCE]
            loads = (outcome_of(self._load(item["crop"])) for item in group)
            for item, crop in zip(group, await asyncio.gather(*loads), strict=True):
                read = await self._engines.crop(crop) if isinstance(crop, bytes) else crop
                rows.append({**item, **_columns(item, read)})
            yield rows[start:]
        if any(row.get("error_code") == NotFound.code for row in rows):
            await require_there(self._store, self._url)
        require_some_done(rows)

    async def _load(self, path: str) -> bytes:
        return await self._patiently(partial(self._crops.load, path))


def _with_crops(settings: Settings) -> Iterator[Item]:
    url = database_url(settings.gallery)
    file = ROOT / Path(url.database or "").expanduser()
    if url.get_backend_name() == "sqlite" and not file.is_file():
        raise ConfigurationError(f"there is no gallery database {file}: see gallery.database_url")
    engine = open_engine(settings.gallery)
    with reaching_store():
        require_migrated(engine)
    with closing(Transactions(engine)) as store:
        journal, last = EventJournal(store), 0
        while page := journal.since(last, _PAGE):
            last = page[-1].event_id
            yield from (_item(event) for event in page if event.seen.plate and event.seen.crop_key)


def _item(event: Event) -> Item:
    seen, plate = event.seen, event.seen.plate
    assert plate is not None
    return {
        "event_id": event.event_id,
        "kind": seen.kind.value,
        "at": seen.at.isoformat(),
        "camera_id": seen.camera_id,
        "crop": seen.crop_key,
        "old_text": plate.text,
        "old_raw_text": plate.raw,
        "old_country": plate.country,
        "old_confidence": plate.confidence,
    }


def _columns(item: Item, outcome: Plates | BaseException) -> dict[str, Any]:
    if isinstance(outcome, BaseException):
        return told(outcome)
    (plate,) = outcome
    return {
        "outcome": _compared(plate, item["old_raw_text"]),
        "new_text": plate.text.text,
        "new_raw_text": plate.reading.text,
        "new_country": plate.text.country,
        "new_confidence": plate.reading.confidence,
    }


def _compared(plate: Plate, old_raw_text: str) -> str:
    """By what the readers saw: the text that counts may be that of a known vehicle."""
    if plate.reading.text == old_raw_text:
        return "same"
    return "changed" if plate.text.text else "unreadable"
