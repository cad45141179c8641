"""Where a job keeps what it is, what it plans and what came of it.

``OUT/part-000001.parquet`` and so on hold the outcomes, one row each: all of them together are the
job's result. ``OUT/_job`` holds what the job is and its plans; readers of Parquet folders leave out
names that begin with an underscore. Every object is written whole or not at all, and never again.
"""

import asyncio
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.bulk.lock import RunLock, not_written
from pipelines.bulk.planning import Part, Plan
from pipelines.errors import ConfigurationError, NotFound, Unavailable
from pipelines.storage.object_store import ObjectStore

_RECORD: Final = "_job/job.json"
_LOCK: Final = "_job/.lock"
_PLAN: Final = re.compile(r"_job/plan-(\d{6})\.parquet")
_PART: Final = re.compile(r"part-(\d{6})\.parquet")
_HIDDEN: Final = re.compile(r"(^|/)\.")
_AT_ONCE: Final = 32
_ATTEMPTS: Final = 4
_PAUSE_S: Final = 0.5


class JobFolder:
    """A local folder or a prefix in object storage. Use it from one event loop.

    Args:
        url: The folder or any fsspec URL.

    Raises:
        ConfigurationError: It cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._store = ObjectStore(url)
        self._lock: RunLock | None = None

    async def enter(self, record: Mapping[str, str]) -> None:
        """Begin a job here, or go on with the one that is here.

        In a local folder other runs are kept out until ``close``.

        Args:
            record: What the job is: everything that its outcomes depend on, by name.

        Raises:
            ConfigurationError: Something else is here, or another job, or nothing can be written.
            Unavailable: The folder cannot be used now, or another run of the job is under way.
        """
        if not await self._holds(_RECORD) and any(
            not _HIDDEN.search(key) for key in await self._store.find()
        ):
            raise ConfigurationError(
                f"{self._url} is not empty and holds no job: name a new folder"
            )
        if self._store.folder is not None and self._lock is None:
            self._lock = RunLock(self._store.folder / _LOCK)
        await self._keep(_RECORD, json.dumps(record, indent=1).encode())
        begun = json.loads(await self._store.read(_RECORD))
        different = [
            f"{name} was {begun.get(name, 'not set')} and is {record.get(name, 'not set')}"
            for name in sorted({*begun, *record})
            if begun.get(name) != record.get(name)
        ]
        if different:
            raise ConfigurationError(
                f"{self._url} holds another job: {'; '.join(different)}. Name a new folder, or go "
                "on with what the job was begun with"
            )

    async def plans(self) -> list[Plan]:
        """The plans of the job so far, in order."""
        keys = sorted(key for key in await self._store.find() if _PLAN.fullmatch(key))
        return [Plan.of_table(_table(await self._store.read(key))) for key in keys]

    async def add_plan(self, plan: Plan, number: int) -> None:
        """Keep a plan; its number, from 1, is the next one.

        Raises:
            Unavailable: Another run of the job has made one at the same time.
        """
        if not await self._keep(f"_job/plan-{number:06}.parquet", _file(plan.table())):
            raise Unavailable(f"{self._url}: another run of this job has just begun, end one")

    async def finished(self) -> set[int]:
        """Numbers of the parts whose outcomes are stored."""
        found = map(_PART.fullmatch, await self._store.find())
        return {int(match[1]) for match in found if match}

    async def finish(
        self, part: Part, rows: Sequence[Mapping[str, Any]], schema: pa.Schema
    ) -> None:
        """Store the outcomes of a part; nothing is changed where they are stored already.

        Raises:
            Unavailable: They cannot be stored, after several attempts.
        """
        table = pa.Table.from_pylist(list(rows), schema=schema)
        await self._keep(f"part-{part.number:06}.parquet", _file(table))

    async def outcomes(self) -> Counter[tuple[str, str]]:
        """How many of all stored rows have each outcome and error code ("" without one)."""
        counted: Counter[tuple[str, str]] = Counter()
        keys = [f"part-{number:06}.parquet" for number in sorted(await self.finished())]
        for start in range(0, len(keys), _AT_ONCE):
            reads = map(self._store.read, keys[start : start + _AT_ONCE])
            for data in await asyncio.gather(*reads):
                found = _table(data, ["outcome", "error_code"]).to_pydict()
                codes = (code or "" for code in found["error_code"])
                counted.update(zip(found["outcome"], codes, strict=True))
        return counted

    def close(self) -> None:
        """Let other runs of the job in."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _keep(self, key: str, data: bytes) -> bool:
        """Store an object, after several attempts; False where another one is there already."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if await self._store.write_first(key, data):
                    return True
                with suppress(NotFound):
                    return await self._store.read(key) == data
                await self._store.remove(key)  # what a process that was killed left half-written
            except Unavailable as error:
                failure = not_written(self._url, error.__cause__)
                if attempt == _ATTEMPTS or isinstance(failure, ConfigurationError):
                    raise failure from error
                await asyncio.sleep(_PAUSE_S * 2**attempt)
        raise Unavailable(f"{self._url}: {key} cannot be written")

    async def _holds(self, key: str) -> bool:
        try:
            await self._store.read(key)
        except NotFound:
            return False
        return True


def _file(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _table(data: bytes, columns: list[str] | None = None) -> pa.Table:
    return pq.read_table(io.BytesIO(data), columns=columns)
