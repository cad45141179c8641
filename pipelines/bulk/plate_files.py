"""Reading the plates of every picture of a folder."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

import pyarrow as pa

from configs.settings import Settings
from pipelines.bulk.identity import settings_record
from pipelines.bulk.plate_engines import PlateEngines, Plates, outcome_of, require_some_done, told
from pipelines.bulk.source import (
    FILE_COLUMNS,
    Found,
    Item,
    files_of,
    require_text,
    require_there,
)
from pipelines.bulk.work import Row
from pipelines.errors import ConfigurationError, NotFound, Unavailable, UpstreamFailure
from pipelines.picture_downloads import PatientFetching
from pipelines.storage.object_store import ObjectStore
from pipelines.types import Plate

_BOX: Final = ("x1", "y1", "x2", "y2")

_PLATE: Final = pa.struct(
    [
        ("text", pa.string()),
        ("raw_text", pa.string()),
        ("formatted", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("confidence", pa.float64()),
        ("detection_score", pa.float64()),
        ("box", pa.struct([(side, pa.float64()) for side in _BOX])),
    ]
)

SCHEMA: Final = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),
        ("mark", pa.string()),
        ("outcome", pa.string()),
        ("plates", pa.list_(_PLATE)),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class ReadPlates:
    """The job: what to read, and how.

    Attributes:
        source: A folder or a prefix.
        settings: The settings tree.
        batch_size: Pictures that are searched for plates in one forward pass.
        all_files: Take files for pictures whose names do not say that they are.
    """

    source: str
    settings: Settings
    batch_size: int = 4
    all_files: bool = False

    unit: ClassVar[str] = "picture"
    identity: ClassVar[Sequence[str]] = FILE_COLUMNS

    @property
    def schema(self) -> pa.Schema:
        return SCHEMA

    @property
    def together(self) -> int:
        return self.batch_size

    async def found(self) -> Found:
        return await files_of(self.source, self.all_files)

    def record(self) -> Mapping[str, str]:
        record = settings_record(self.settings)
        return {"job": "read-plates", "source": self.source, **record}

    def worker(self) -> "PlateFiles":
        return PlateFiles(self)


class PlateFiles:
    """Reads files one batch ahead of the engines.

    Args:
        job: What to read, and how.

    Raises:
        ConfigurationError: A model cannot be loaded, or the source cannot be used.
    """

    def __init__(self, job: ReadPlates) -> None:
        self._source = job.source
        self._store = ObjectStore(job.source)
        self._patiently = PatientFetching(job.settings.pictures)
        self._max_bytes = job.settings.pictures.max_bytes
        self._batch_size = job.batch_size
        self._engines = PlateEngines(job.settings)

    async def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        """Read the plates of files; a row each, in order, a batch at a time.

        Raises:
            Unavailable, UpstreamFailure, ConfigurationError: The source cannot be read.
            Unavailable: The engines fail at every file.
        """
        size = self._batch_size
        groups = [items[start : start + size] for start in range(0, len(items), size)]
        rows: list[Row] = []
        following = asyncio.ensure_future(self._loaded(groups[0]))
        try:
            for group, after in zip(groups, [*groups[1:], []], strict=True):
                loaded = await following
                following = asyncio.ensure_future(self._loaded(after))
                outcomes = await self._outcomes(loaded)
                of = zip(group, outcomes, strict=True)
                rows += (its := [{**item, **_columns(outcome)} for item, outcome in of])
                yield its
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        if any(row.get("error_code") == NotFound.code for row in rows):
            await require_there(self._store, self._source)
        require_some_done(rows)

    async def _loaded(self, group: Sequence[Item]) -> list[bytes | BaseException]:
        return await asyncio.gather(*(outcome_of(self._load(item["path"])) for item in group))

    async def _load(self, path: str) -> bytes:
        require_text(path)
        try:
            return await self._patiently(partial(self._store.read, path, self._max_bytes))
        except (ConfigurationError, Unavailable, UpstreamFailure) as error:
            # It ends the job, and may be due to this file alone: somebody has to find it.
            raise type(error)(f"{path} of {self._source}: {error.message}", error.extra) from error

    async def _outcomes(
        self, loaded: Sequence[bytes | BaseException]
    ) -> list[Plates | BaseException]:
        pictures = [one for one in loaded if isinstance(one, bytes)]
        read = iter(await self._engines.pictures(pictures) if pictures else [])
        return [next(read) if isinstance(one, bytes) else one for one in loaded]


def _columns(outcome: Plates | BaseException) -> dict[str, Any]:
    if isinstance(outcome, BaseException):
        return {"plates": [], **told(outcome)}
    if not outcome:
        return {"outcome": "no_plate", "plates": []}
    read = any(plate.text.text for plate in outcome)
    return {
        "outcome": "read" if read else "unreadable",
        "plates": [_plate(plate) for plate in outcome],
    }


def _plate(plate: Plate) -> dict[str, Any]:
    box = plate.detection.box
    return {
        "text": plate.text.text,
        "raw_text": plate.text.raw,
        "formatted": plate.text.formatted,
        "country": plate.text.country,
        "region": plate.text.region,
        "confidence": plate.reading.confidence,
        "detection_score": plate.detection.score,
        "box": {side: getattr(box, side) for side in _BOX},
    }
