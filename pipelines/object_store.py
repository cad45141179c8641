"""Bytes by key in a local folder, in object storage, or in any other place that fsspec reaches."""

import asyncio
import errno
import importlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from configs.settings import ROOT
from pipelines.errors import ConfigurationError, NotFound, TooLarge, Unavailable

T = TypeVar("T")

_FOREIGN_FAILURES = {"s3": ("botocore.exceptions", "BotoCoreError")}
"""Protocol -> base of the failures that its driver does not translate to OSError."""

_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class ObjectStore:
    """Reads, writes and removes whole objects; every blocking call runs in a thread.

    A key is a relative POSIX path below the store's root. Keys come from this project's own code,
    already validated; a key that would still leave a local root (``..``, a symbolic link) is
    treated as missing.

    Args:
        url: A folder (relative ones start at the checkout) or any fsspec URL.

    Raises:
        ConfigurationError: No driver is known or installed for the URL's protocol.
    """

    def __init__(self, url: str) -> None:
        is_url = "://" in url or "::" in url
        try:
            fs, root = fsspec.url_to_fs(url if is_url else str(ROOT / Path(url).expanduser()))
        except (ImportError, ValueError) as error:
            raise ConfigurationError(f"the storage URL cannot be used: {error}") from error
        self._fs: Any = fs
        self._root = str(root).rstrip("/")
        self._folder = Path(root) if isinstance(fs, LocalFileSystem) else None
        self._failures: tuple[type[Exception], ...] = (OSError, *_foreign_failures(fs.protocol))

    async def read(self, key: str, max_bytes: int | None = None) -> bytes:
        """Return the object's bytes.

        Raises:
            NotFound: There is no object of this key.
            TooLarge: The object has more than ``max_bytes`` bytes; nothing of it was read.
            Unavailable: The store cannot be read now.
        """
        return await self._in_thread(self._read, key, max_bytes)

    async def write_new(self, key: str, data: bytes) -> bool:
        """Store a new object whole or not at all; False where the key is already taken.

        A local write has reached the disk on return. In object storage two writers that pick the
        same key at the same moment are not told apart.

        Raises:
            Unavailable: The store cannot be written now.
        """
        write = self._write_remote if self._folder is None else self._write_local
        return await self._in_thread(write, key, data)

    async def remove(self, key: str) -> None:
        """Remove the object; one that is already gone is no failure.

        Raises:
            Unavailable: The store cannot be written now.
        """
        await self._in_thread(self._remove, key)

    async def _in_thread(self, call: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.to_thread(call, *args)
        except self._failures as error:
            raise Unavailable(f"the store cannot be used now: {type(error).__name__}") from error

    def _path(self, key: str) -> str:
        """The driver's path of a key; a local one is resolved and must stay below the root."""
        if self._folder is None:
            return f"{self._root}/{key}"
        folder = os.path.realpath(self._folder)
        path = os.path.realpath(os.path.join(folder, key))
        if os.path.commonpath((folder, path)) != folder:
            raise NotFound("Resource not found")
        return path

    def _read(self, key: str, max_bytes: int | None) -> bytes:
        path = self._path(key)
        try:
            info = self._fs.info(path)
            if info["type"] != "file":
                raise NotFound("Resource not found")
            if max_bytes is not None and info["size"] is not None and info["size"] > max_bytes:
                raise TooLarge(f"the object has more than {max_bytes} bytes")
            return bytes(self._fs.cat_file(path))
        except OSError as error:
            if error.errno in _MISSING or isinstance(error, FileNotFoundError):
                raise NotFound("Resource not found") from error
            raise

    def _write_remote(self, key: str, data: bytes) -> bool:
        path = self._path(key)
        if self._fs.exists(path):
            return False
        self._fs.pipe_file(path, data)
        return True

    def _write_local(self, key: str, data: bytes) -> bool:
        path = Path(self._path(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with path.open("xb"):  # claims the name; a plain rename would overwrite
                pass
        except FileExistsError:
            return False
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _fsync_folder(path.parent)
        except OSError:
            beside.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return True

    def _remove(self, key: str) -> None:
        path = self._path(key)
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return
        if self._folder is not None:
            _fsync_folder(Path(path).parent)


def _foreign_failures(protocol: str | tuple[str, ...]) -> list[type[Exception]]:
    names = (protocol,) if isinstance(protocol, str) else protocol
    sources = {_FOREIGN_FAILURES[name] for name in names if name in _FOREIGN_FAILURES}
    return [getattr(importlib.import_module(module), name) for module, name in sources]


def _fsync_folder(folder: Path) -> None:
    """Make a rename or removal in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
