"""Stores whose drivers hang, refuse, or stop half-way."""

import asyncio
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.errors import ConfigurationError, TooLarge, Unavailable
from pipelines.storage import local_objects
from pipelines.storage.object_store import ObjectStore


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    url = str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path.name}"
    return ObjectStore(url)


class _Hanging(LocalFileSystem):  # type: ignore[misc] # fsspec has no types
    """A local file system whose reads hang until they are released."""

    released = threading.Event()

    def info(self, path: str, **options: Any) -> Any:
        assert self.released.wait(10)
        return super().info(path, **options)


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store of which every read hangs until the test ends."""
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url, **_: (_Hanging(), url))
    _Hanging.released.clear()
    (tmp_path / "a.bin").write_bytes(b"x")
    yield ObjectStore(str(tmp_path), timeout_s=0.05)
    _Hanging.released.set()


def test_a_call_that_takes_too_long_is_unavailable(hanging: ObjectStore) -> None:
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: TimeoutError$"):
        asyncio.run(hanging.read("a.bin"))


def test_a_store_that_hangs_takes_no_thread_of_another(
    store: ObjectStore, hanging: ObjectStore
) -> None:
    async def use_both() -> tuple[list[bytes | BaseException], bytes]:
        reads = (hanging.read("a.bin") for _ in range(40))
        failures = await asyncio.gather(*reads, return_exceptions=True)
        await store.write_new("a.bin", b"y")
        return failures, await store.read("a.bin")

    failures, data = asyncio.run(use_both())
    assert {type(failure) for failure in failures} == {Unavailable}
    assert data == b"y"


def test_a_write_that_was_given_up_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, removed = threading.Event(), threading.Event()
    fsync, remove = os.fsync, local_objects.remove

    def slow_disk(descriptor: int) -> None:
        assert released.wait(10)
        fsync(descriptor)

    def watched(root: Path, targets: Iterable[Path]) -> None:
        remove(root, targets)
        removed.set()

    monkeypatch.setattr(os, "fsync", slow_disk)
    monkeypatch.setattr(local_objects, "remove", watched)
    store = ObjectStore(str(tmp_path), timeout_s=0.05)
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: TimeoutError$"):
        asyncio.run(store.write_new("a.bin", b"x"))
    released.set()
    assert removed.wait(10)
    assert list(tmp_path.iterdir()) == []


class _Refusing(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """Answers like S3 without the right to list: a missing object is a refusal."""

    def info(self, path: str, **options: Any) -> Any:
        if not self.exists(path):
            raise PermissionError("Forbidden")
        return super().info(path, **options)

    def ls(self, *_: Any, **__: Any) -> Any:
        raise PermissionError("Forbidden")

    def exists(self, path: str, **_: Any) -> bool:
        return self._strip_protocol(path) in self.store


def test_a_store_that_refuses_access_says_which_rights_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url, **_: (_Refusing(), url))
    store = ObjectStore("memory://refusing")
    rights = "the rights to read and to list its objects are needed"
    for call in (store.read, store.names):
        with pytest.raises(ConfigurationError, match=rf"^the store refuses access; {rights}$"):
            asyncio.run(call("a.bin"))


class _Unmeasured(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """Does not say how large an object is."""

    def info(self, path: str, **options: Any) -> Any:
        return {**super().info(path, **options), "size": None}


def test_the_byte_limit_holds_where_sizes_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url, **_: (_Unmeasured(), url))
    store = ObjectStore("memory://unmeasured")
    asyncio.run(store.write_new("a.bin", b"12345678"))
    assert asyncio.run(store.read("a.bin", max_bytes=8)) == b"12345678"
    with pytest.raises(TooLarge, match=r"^the object has more than 7 bytes$"):
        asyncio.run(store.read("a.bin", max_bytes=7))
    asyncio.run(store.remove("a.bin"))


class _Dying(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """Takes one object and then no more."""

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        if self.store:
            raise OSError("gone")
        super().pipe_file(path, value, mode)


def test_a_mark_is_stored_before_its_object(monkeypatch: pytest.MonkeyPatch) -> None:
    fs = _Dying(global_store=False)
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url, **_: (fs, url))
    with pytest.raises(Unavailable):
        asyncio.run(ObjectStore("memory://dying").write_new("a.bin", b"x", mark="marks/a.bin"))
    assert fs.find("dying") == ["/dying/marks/a.bin"]
