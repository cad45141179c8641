"""Bytes by key in a local folder, in object storage, or in any other place that fsspec reaches."""

import asyncio
import errno
import importlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from inspect import signature
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from configs.settings import ROOT
from pipelines.errors import ConfigurationError, NotFound, TooLarge, Unavailable
from pipelines.storage import local_objects

T = TypeVar("T")

_FOREIGN_FAILURES = {"s3": ("botocore.exceptions", "BotoCoreError")}
"""Protocol -> base of the failures that its driver does not translate to OSError."""

_NO_ACCESS = "the store refuses access; the rights to read and to list its objects are needed"
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}

_THREADS = 8
"""Of one store; a store that hangs takes no more than these, and none of anybody else's."""


class ObjectStore:
    """Reads, writes and removes whole objects; every blocking call runs in a thread of the store.

    A key is a relative POSIX path below the store's root. Keys come from this project's own code,
    already validated; a key that would still leave a local root (``..``, an object that is a link
    to elsewhere) is treated as missing. A folder below the root may be a link to another disk.

    Args:
        url: A folder (relative ones start at the checkout) or any fsspec URL.
        timeout_s: Longest wait for one call; None leaves that to the caller. A call that is given
            up keeps its thread until the driver returns.

    Raises:
        ConfigurationError: No driver is known or installed for the URL's protocol.
    """

    def __init__(self, url: str, timeout_s: float | None = None) -> None:
        if "://" not in url and "::" not in url:
            url = str(ROOT / Path(url).expanduser())
        try:
            # A driver that remembers listings would also take new objects for missing.
            fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise ConfigurationError(f"the storage URL cannot be used: {error}") from error
        self._fs: Any = fs
        self._root = str(root).rstrip("/")
        self._folder = Path(root) if isinstance(fs, LocalFileSystem) else None
        self._failures: tuple[type[Exception], ...] = (OSError, *_foreign_failures(fs.protocol))
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="object-store")

    @property
    def folder(self) -> Path | None:
        """The local folder; None where the objects are elsewhere."""
        return self._folder

    async def read(self, key: str, max_bytes: int | None = None) -> bytes:
        """Return the object's bytes.

        Raises:
            NotFound: There is no object of this key.
            TooLarge: The object has more than ``max_bytes`` bytes; no more of it was read.
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        return await self._in_thread(self._read, key, max_bytes)

    async def names(self, folder: str) -> list[str]:
        """Names of the objects and folders directly below a folder, in no order.

        The driver lists this folder alone. What a crash left half-written locally is among them.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        return await self._in_thread(self._names, folder)

    async def find(self) -> dict[str, dict[str, Any]]:
        """Every object below the root by its key, with what the driver tells of it.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        return await self._in_thread(self._find)

    async def write_new(self, key: str, data: bytes, mark: str | None = None) -> bool:
        """Store a new object whole or not at all; False where the key is already taken.

        A local write has reached the disk on return. In object storage two writers that pick the
        same key at the same moment are not told apart. A call that times out or is cancelled
        leaves no object behind, however late the driver finishes, if the caller removes the key.

        Args:
            key: The object's.
            data: Its content.
            mark: Key of an empty object that is stored, for good, before the object can be; it
                stays when the write fails.

        Raises:
            Unavailable: The store cannot be written now.
        """
        over = threading.Event()
        try:
            return await self._in_thread(self._write_new, key, data, mark, over)
        finally:
            over.set()

    async def write_first(self, key: str, data: bytes) -> bool:
        """As ``write_new``; of two writers at the same moment one alone is told that it has.

        In object storage that needs a driver and a store with conditional writes, as S3 has.

        Raises:
            Unavailable: The store cannot be written now.
        """
        return await self._in_thread(self._write_first, key, data)

    async def remove(self, key: str) -> None:
        """Remove the object; one that is already gone is no failure.

        Raises:
            Unavailable: The store cannot be written now.
        """
        await self.remove_all([key])

    async def remove_all(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are already gone are no failure.

        Raises:
            Unavailable: The store cannot be written now; some of them may be left.
        """
        if self._folder is not None:
            await self._in_thread(self._remove, *keys)
            return
        for start in range(0, len(keys), _THREADS):
            some = keys[start : start + _THREADS]
            removals = [self._in_thread(self._remove, key) for key in some]
            for outcome in await asyncio.gather(*removals, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _in_thread(self, call: Callable[..., T], *args: object) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await loop.run_in_executor(self._threads, call, *args)
        except self._failures as error:  # a TimeoutError is an OSError
            raise Unavailable(f"the store cannot be used now: {type(error).__name__}") from error

    def _path(self, key: str) -> str:
        """The driver's path of a key; NotFound where it leaves a local root."""
        if self._folder is None:
            return f"{self._root}/{key}"
        if key.startswith("/") or ".." in PurePosixPath(key).parts:
            raise NotFound("Resource not found")
        path = self._folder / key
        if not os.path.islink(path):  # also false for a name too long to look up
            return str(path)
        target = Path(os.path.realpath(path))
        homes = (os.path.realpath(self._folder), os.path.realpath(path.parent))
        if not any(target.is_relative_to(home) for home in homes):
            raise NotFound("Resource not found")
        return str(target)

    def _read(self, key: str, max_bytes: int | None) -> bytes:
        path = self._path(key)
        try:
            info = self._fs.info(path)
            if info["type"] != "file":
                raise NotFound("Resource not found")
            data = self._content(path, info["size"], max_bytes)
        except PermissionError as error:
            # S3 answers the same for a missing object where the rights do not include listing.
            raise ConfigurationError(_NO_ACCESS) from error
        except OSError as error:
            if error.errno in _MISSING or isinstance(error, FileNotFoundError):
                raise NotFound("Resource not found") from error
            raise
        if data is None:
            raise TooLarge(f"the object has more than {max_bytes} bytes")
        return data

    def _content(self, path: str, size: int | None, max_bytes: int | None) -> bytes | None:
        """The object's bytes; None where they are too many."""
        if max_bytes is None or (size is not None and size <= max_bytes):
            return bytes(self._fs.cat_file(path))
        if size is not None:
            return None
        with self._fs.open(path, "rb") as file:
            data = bytes(file.read(max_bytes + 1))
        return data if len(data) <= max_bytes else None

    def _names(self, folder: str) -> list[str]:
        if self._folder is not None:
            return local_objects.names(self._folder / folder)
        path = self._path(folder)
        try:
            listed = self._fs.ls(path, detail=False)
        except PermissionError as error:
            raise ConfigurationError(_NO_ACCESS) from error
        except FileNotFoundError:
            return []
        found = (str(entry).rstrip("/") for entry in listed)
        return [entry.rpartition("/")[2] for entry in found if entry != path]

    def _find(self) -> dict[str, dict[str, Any]]:
        if self._folder is not None and not self._folder.exists():
            return {}
        # Drivers of folders that are walked leave out, unasked, what cannot be listed.
        strict = {} if self._folder is None else {"on_error": "raise"}
        try:
            found = self._fs.find(self._root, detail=True, **strict)
        except PermissionError as error:
            raise ConfigurationError(_NO_ACCESS) from error
        folder = f"{self._root}/"
        return {
            path.removeprefix(folder): info
            for path, info in found.items()
            if path.startswith(folder)
        }

    def _write_new(self, key: str, data: bytes, mark: str | None, over: threading.Event) -> bool:
        path = self._path(key)
        mark_path = None if mark is None else self._path(mark)
        if self._folder is None:
            written = self._write_remote(path, data, mark_path)
        else:
            marked = None if mark_path is None else Path(mark_path)
            written = local_objects.write_new(Path(path), data, marked)
        # Whoever gave the call up may have removed the key before it was there.
        if written and over.is_set():
            self._remove(key)
        return written

    def _write_remote(self, path: str, data: bytes, mark: str | None) -> bool:
        if self._fs.exists(path):
            return False
        if mark is not None:
            self._fs.pipe_file(mark, b"")
        self._fs.pipe_file(path, data)
        return True

    def _write_first(self, key: str, data: bytes) -> bool:
        path = self._path(key)
        if self._folder is not None:
            return local_objects.write_new(Path(path), data, None)
        if self._fs.exists(path):
            return False
        pipe_file = getattr(self._fs, "_pipe_file", self._fs.pipe_file)
        conditions = {"mode": "create"} if "mode" in signature(pipe_file).parameters else {}
        try:
            self._fs.pipe_file(path, data, **conditions)
        except FileExistsError:
            return False
        return True

    def _remove(self, *keys: str) -> None:
        paths = [self._path(key) for key in keys]
        if self._folder is not None:
            local_objects.remove(self._folder, map(Path, paths))
            return
        for path in paths:
            with suppress(FileNotFoundError):
                self._fs.rm_file(path)


def _foreign_failures(protocol: str | tuple[str, ...]) -> list[type[Exception]]:
    names = (protocol,) if isinstance(protocol, str) else protocol
    sources = {_FOREIGN_FAILURES[name] for name in names if name in _FOREIGN_FAILURES}
    return [getattr(importlib.import_module(module), name) for module, name in sources]
