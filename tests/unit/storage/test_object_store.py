import asyncio
import errno
import os
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from configs.settings import ROOT
from pipelines.errors import ConfigurationError, NotFound, TooLarge, Unavailable
from pipelines.storage.object_store import ObjectStore


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    url = str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path.name}"
    return ObjectStore(url)


def test_reads_back_what_was_written(store: ObjectStore) -> None:
    assert asyncio.run(store.write_new("a/b.bin", b"\x00picture"))
    assert asyncio.run(store.read("a/b.bin")) == b"\x00picture"


def test_a_taken_key_is_left_as_it_is(store: ObjectStore) -> None:
    assert asyncio.run(store.write_new("a.bin", b"first"))
    assert not asyncio.run(store.write_new("a.bin", b"second"))
    assert asyncio.run(store.read("a.bin")) == b"first"


def test_a_missing_object_and_a_folder_are_not_found(store: ObjectStore) -> None:
    asyncio.run(store.write_new("a/b.bin", b"x"))
    for key in ("a", "a/c.bin", "a/b.bin/c", "n" * 300):
        with pytest.raises(NotFound, match=r"^Resource not found$"):
            asyncio.run(store.read(key))


def test_removing_twice_is_no_failure(store: ObjectStore) -> None:
    asyncio.run(store.write_new("a.bin", b"x"))
    asyncio.run(store.remove("a.bin"))
    asyncio.run(store.remove("a.bin"))
    with pytest.raises(NotFound):
        asyncio.run(store.read("a.bin"))


def test_lists_the_names_of_one_folder(store: ObjectStore) -> None:
    for key in ("a/one.bin", "a/two.bin", "a/deeper/three.bin", "ab/four.bin"):
        asyncio.run(store.write_new(key, b"x"))
    assert sorted(asyncio.run(store.names("a"))) == ["deeper", "one.bin", "two.bin"]
    assert asyncio.run(store.names("none")) == []


def test_finds_every_object_with_its_size(store: ObjectStore) -> None:
    assert asyncio.run(store.find()) == {}
    for key in ("a/one.bin", "a/deeper/two.bin", "three.bin"):
        asyncio.run(store.write_new(key, key.encode()))
    found = asyncio.run(store.find())
    assert {key: info["size"] for key, info in found.items()} == {
        "a/one.bin": 9,
        "a/deeper/two.bin": 16,
        "three.bin": 9,
    }


def test_a_folder_that_cannot_be_listed_is_never_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()

    def refused(_self: LocalFileSystem, path: str, **_: object) -> list[str]:
        raise PermissionError(errno.EACCES, "refused", path)

    monkeypatch.setattr(LocalFileSystem, "ls", refused)
    with pytest.raises(ConfigurationError, match=r"^the store refuses access; the rights"):
        asyncio.run(ObjectStore(str(tmp_path)).find())


def test_listings_are_never_remembered(store: ObjectStore) -> None:
    asyncio.run(store.write_new("a/one.bin", b"x"))
    assert asyncio.run(store.names("a")) == ["one.bin"]
    asyncio.run(store.write_new("a/two.bin", b"y"))
    assert sorted(asyncio.run(store.names("a"))) == ["one.bin", "two.bin"]
    assert asyncio.run(store.read("a/two.bin")) == b"y"


def test_a_mark_is_an_empty_object_beside_the_one_it_marks(store: ObjectStore) -> None:
    assert asyncio.run(store.write_new("a/b.bin", b"x", mark="marks/b.bin"))
    assert asyncio.run(store.read("marks/b.bin")) == b""
    assert asyncio.run(store.read("a/b.bin")) == b"x"


def test_removes_many_of_which_some_are_gone(store: ObjectStore) -> None:
    keys = [f"a/{number}.bin" for number in range(20)]
    for key in keys[::2]:
        asyncio.run(store.write_new(key, b"x"))
    asyncio.run(store.write_new("a/other.bin", b"x"))
    asyncio.run(store.remove_all(keys))
    assert asyncio.run(store.names("a")) == ["other.bin"]


def test_an_unwritable_mark_keeps_the_object_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "marks").write_bytes(b"")
    store = ObjectStore(str(tmp_path))
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: FileExistsError$"):
        asyncio.run(store.write_new("a.bin", b"x", mark="marks/a.bin"))
    assert [path.name for path in tmp_path.iterdir()] == ["marks"]


def test_the_byte_limit_is_inclusive(store: ObjectStore) -> None:
    asyncio.run(store.write_new("a.bin", b"12345678"))
    assert asyncio.run(store.read("a.bin", max_bytes=8)) == b"12345678"
    with pytest.raises(TooLarge, match=r"^the object has more than 7 bytes$"):
        asyncio.run(store.read("a.bin", max_bytes=7))


def test_keys_and_links_that_leave_the_folder_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"secret")
    inside = tmp_path / "store"
    inside.mkdir()
    (inside / "link.bin").symlink_to(tmp_path / "secret.bin")
    (inside / "loop.bin").symlink_to(inside / "loop.bin")
    store = ObjectStore(str(inside))
    for key in ("../secret.bin", "link.bin", "loop.bin", str(tmp_path / "secret.bin")):
        with pytest.raises(NotFound):
            asyncio.run(store.read(key))


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(b"x")
    (tmp_path / "link.bin").symlink_to(tmp_path / "picture.bin")
    assert asyncio.run(ObjectStore(str(tmp_path)).read("link.bin")) == b"x"


def test_a_local_write_leaves_nothing_beside_it(tmp_path: Path) -> None:
    asyncio.run(ObjectStore(str(tmp_path)).write_new("a/b.bin", b"x"))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.bin"]


def test_a_failed_local_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: OSError$"):
        asyncio.run(ObjectStore(str(tmp_path)).write_new("a/b.bin", b"x"))
    assert list((tmp_path / "a").iterdir()) == []


def test_a_store_below_a_plain_file_is_unavailable_for_writing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        asyncio.run(ObjectStore(str(tmp_path / "file")).write_new("a.bin", b"x"))


def test_a_folder_below_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "store/faces").symlink_to(tmp_path / "disk")
    store = ObjectStore(str(tmp_path / "store"))
    assert asyncio.run(store.write_new("faces/a.bin", b"x"))
    assert (tmp_path / "disk/a.bin").read_bytes() == b"x"
    assert asyncio.run(store.read("faces/a.bin")) == b"x"
    asyncio.run(store.remove("faces/a.bin"))
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_name_appears_with_its_content_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_sync: list[list[bytes]] = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        named = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
        at_sync.append([path.read_bytes() for path in named])
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    assert asyncio.run(ObjectStore(str(tmp_path)).write_new("a.bin", b"x"))
    assert at_sync == [[], [b"x"]]


def test_writes_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    store = ObjectStore(str(tmp_path))
    assert asyncio.run(store.write_new("a.bin", b"first"))
    assert not asyncio.run(store.write_new("a.bin", b"second"))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.bin", b"first")]


def test_a_relative_folder_starts_at_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ObjectStore("configs")
    assert asyncio.run(store.read("settings.py")) == (ROOT / "configs/settings.py").read_bytes()


def test_an_unknown_protocol_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"^the storage URL cannot be used: "):
        ObjectStore("carrier-pigeon://loft")


def test_an_object_store_that_cannot_be_reached_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("s3fs", reason="needs the extra: pip install 'gatehouse[s3]'")
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: EndpointConnection"):
        asyncio.run(ObjectStore("s3://pictures/gate").read("images/1.jpg"))
