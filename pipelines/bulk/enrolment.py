"""Enrolling a folder of drivers, one outcome each."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from pipelines.bulk.driver_folders import DriverFolder, DriverPhotos, loaded
from pipelines.bulk.enrolment_client import NOT_BY_SERVICE
from pipelines.bulk.lock import not_written
from pipelines.bulk.source import kind_of
from pipelines.bulk.work import FAILED
from pipelines.errors import AlreadyEnrolled, ConfigurationError, GatehouseError, Unavailable
from pipelines.storage.object_store import ObjectStore
from pipelines.storage.private_files import ensure_private_file, make_private_folder

NO_PICTURES: Final = "no_pictures"
"""The error code of a driver whose folder has other files only."""

_SERVER_ERRORS: Final = 500
_COLUMNS: Final = {"name", "service", "idempotency_key", "outcome", "photos", "error"}

Outcome = dict[str, Any]
"""``name``, ``service``, ``idempotency_key``, and what EnrolmentClient.enrol answers; JSON."""


class Enrols(Protocol):
    """Enrols a driver with a service, as EnrolmentClient does."""

    async def enrol(self, driver: DriverPhotos) -> Mapping[str, Any]: ...


class OutcomeFile:
    """Outcomes as lines of JSON, each on disk before the next driver is begun.

    A line that a kill left half-written is no line: it is cut off.

    Args:
        path: The file; made where there is none.

    Raises:
        ConfigurationError: It cannot be opened, or has another line than outcomes.
    """

    def __init__(self, path: Path) -> None:
        try:
            make_private_folder(path.parent)
            ensure_private_file(path)
            self._file = path.open("a+b")
        except OSError as error:
            raise ConfigurationError(
                f"the outcomes' file {path} cannot be used: {error.strerror}"
            ) from error
        self._path = path
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        try:
            found = [_outcome(line) for line in content[:whole].splitlines()]
        except ValueError as error:
            self._file.close()
            raise ConfigurationError(
                f"{path} is no file of outcomes: name another one for --outcomes"
            ) from error
        self._file.truncate(whole)
        self.outcomes: tuple[Outcome, ...] = tuple(found)

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; it is on disk on return.

        Raises:
            ConfigurationError, Unavailable: It cannot be written, for good or now.
        """
        try:
            self._file.write(json.dumps(outcome).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise not_written(f"the outcomes' file {self._path}", error) from error

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # of what could not be written; that was told
            self._file.close()


class FolderEnrolment:
    """Enrols drivers, some at once.

    Args:
        store: The source.
        client: The service.
        service: What the service is called in outcomes.
        max_bytes: Largest photo.
        allow_twin: As the client is told; who was refused as a twin is sent again.
    """

    def __init__(
        self,
        store: ObjectStore,
        client: Enrols,
        service: str,
        max_bytes: int,
        allow_twin: bool = False,
    ) -> None:
        self._store = store
        self._client = client
        self._service = service
        self._max_bytes = max_bytes
        self._allow_twin = allow_twin

    def names_of(self, before: Sequence[Outcome]) -> set[str]:
        """Drivers of earlier runs' outcomes who are not sent again if their photos are the same."""
        return {one["name"] for one in before if self._stands(one)}

    async def outcomes(
        self, folders: Sequence[DriverFolder], before: Sequence[Outcome], at_once: int
    ) -> AsyncIterator[tuple[Outcome, bool]]:
        """Enrol drivers; an outcome each as they come, and whether it is of this run.

        Args:
            folders: The drivers.
            before: Outcomes of earlier runs. A driver with one, by name and photos, is not sent
                again, unless the service had failed or something before it had answered.
            at_once: Drivers who are sent at a time.

        Raises:
            Unauthorized, Forbidden: The key may not enrol.
            Unavailable: The service does not answer, or the source.
        """
        known = {one["idempotency_key"]: one for one in before if self._stands(one)}
        enrolled = {one["name"] for one in known.values() if one["error"] is None}
        waiting = list(reversed(folders))
        under_way: set[asyncio.Task[tuple[Outcome, bool]]] = set()
        done: set[asyncio.Task[tuple[Outcome, bool]]] = set()
        try:
            while waiting or under_way:
                while waiting and len(under_way) < at_once:
                    under_way.add(asyncio.create_task(self._one(waiting.pop(), known, enrolled)))
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        finally:
            for one in under_way:
                one.cancel()
            # Where one ends the job, the others' errors are no news.
            await asyncio.gather(*under_way, *done, return_exceptions=True)

    def _stands(self, outcome: Outcome) -> bool:
        if outcome["service"] != self._service:
            return False
        error = outcome["error"]
        if error is None:
            return True
        if self._allow_twin and error["code"] == AlreadyEnrolled.code:
            return False
        by_service = not error["code"].startswith(NOT_BY_SERVICE)
        return by_service and int(error.get("status", _SERVER_ERRORS)) < _SERVER_ERRORS

    async def _one(
        self, folder: DriverFolder, known: Mapping[str, Outcome], enrolled: Collection[str]
    ) -> tuple[Outcome, bool]:
        told: Outcome = {"name": folder.name, "service": self._service, "idempotency_key": None}
        if not folder.photos:
            failure: Outcome = {"code": NO_PICTURES, "message": _no_pictures(folder), "details": {}}
            return told | _failed(failure), True
        try:
            driver = await loaded(self._store, folder, self._max_bytes)
        except Unavailable:
            raise
        except GatehouseError as error:
            failure = {"code": error.code, "message": error.message, "details": error.extra}
            return told | _failed(failure), True
        key = driver.idempotency_key
        if key in known:
            return known[key], False
        if earlier := await self._under_all_files(folder, known, enrolled):
            return earlier, False
        return {**told, "idempotency_key": key, **await self._client.enrol(driver)}, True

    async def _under_all_files(
        self, folder: DriverFolder, known: Mapping[str, Outcome], enrolled: Collection[str]
    ) -> Outcome | None:
        """That the driver was enrolled with all files of the folder, as older versions did."""
        if folder.name not in enrolled or not folder.others:
            return None
        every = replace(folder, photos=folder.photos + folder.others)
        try:
            driver = await loaded(self._store, every, self._max_bytes)
        except Unavailable:
            raise
        except GatehouseError:
            return None
        earlier = known.get(driver.idempotency_key)
        return earlier if earlier and earlier["error"] is None else None


def _failed(error: Outcome) -> Outcome:
    return {"outcome": FAILED, "driver_id": None, "photos": [], "error": error}


def _no_pictures(folder: DriverFolder) -> str:
    kinds = Counter(kind_of(path) for path in folder.others)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return f"the folder has no pictures that can be read ({said}): JPEG and PNG can"


def _outcome(line: bytes) -> Outcome:
    """One line of a file of outcomes; ValueError where it is something else."""
    found = json.loads(line)
    if isinstance(found, dict) and found.keys() >= _COLUMNS:
        error = found["error"]
        if error is None or (isinstance(error, dict) and isinstance(error.get("code"), str)):
            return found
    raise ValueError("no outcome")
