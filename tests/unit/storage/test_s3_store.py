"""The object store on an S3 server, moto's, over HTTP."""

import asyncio
from collections.abc import Iterator

import pytest

from pipelines.errors import NotFound, TooLarge, Unavailable
from pipelines.storage.object_store import ObjectStore

moto = pytest.importorskip("moto.server", reason="moto is missing: install the dev extra")
fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs", reason="s3fs is missing: install the s3 extra")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """An empty bucket, reached as an operator says: by the URL and these variables."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    driver = fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
    if driver.exists("crops"):
        driver.rm("crops", recursive=True)
    driver.mkdir("crops")
    # A driver is shared by whoever asks for the same one, whatever the variables say by then.
    type(driver).clear_instance_cache()
    yield ObjectStore("s3://crops/here", timeout_s=20.0)
    type(driver).clear_instance_cache()


def test_reads_back_what_was_written(store: ObjectStore) -> None:
    assert asyncio.run(store.write_new("a/b.bin", b"\x00picture"))
    assert asyncio.run(store.read("a/b.bin")) == b"\x00picture"


def test_a_taken_key_is_left_as_it_is(store: ObjectStore) -> None:
    assert asyncio.run(store.write_new("a.bin", b"first"))
    assert not asyncio.run(store.write_new("a.bin", b"second"))
    assert asyncio.run(store.read("a.bin")) == b"first"


def test_names_what_lies_at_the_root(store: ObjectStore) -> None:
    assert asyncio.run(store.names("")) == []
    assert asyncio.run(store.write_new("gate/1.jpg", b"1"))
    assert asyncio.run(store.names("")) == ["gate"]


def test_of_two_writers_at_once_one_is_first(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._fs, "exists", lambda _: False)  # as both of them find it
    assert asyncio.run(store.write_first("a.bin", b"first"))
    assert not asyncio.run(store.write_first("a.bin", b"second"))
    assert asyncio.run(store.read("a.bin")) == b"first"


def test_what_is_missing_or_too_large_is_not_read(store: ObjectStore) -> None:
    asyncio.run(store.write_new("a/b.bin", b"12345"))
    for key in ("a", "a/c.bin"):
        with pytest.raises(NotFound, match=r"^Resource not found$"):
            asyncio.run(store.read(key))
    with pytest.raises(TooLarge):
        asyncio.run(store.read("a/b.bin", max_bytes=4))


def test_lists_one_folder_with_what_is_new(store: ObjectStore) -> None:
    for key in ("a/one.bin", "a/deeper/three.bin", "ab/four.bin"):
        asyncio.run(store.write_new(key, b"x", mark=f"marks/{key}"))
    assert sorted(asyncio.run(store.names("a"))) == ["deeper", "one.bin"]
    assert sorted(asyncio.run(store.names("marks"))) == ["a", "ab"]
    asyncio.run(store.write_new("a/two.bin", b"x"))
    assert sorted(asyncio.run(store.names("a"))) == ["deeper", "one.bin", "two.bin"]
    assert asyncio.run(store.names("none")) == []


def test_what_is_removed_is_gone_also_the_second_time(store: ObjectStore) -> None:
    keys = [f"{number}.bin" for number in range(12)]
    for key in keys:
        asyncio.run(store.write_new(key, b"x"))
    asyncio.run(store.remove_all(keys))
    asyncio.run(store.remove(keys[0]))
    for key in keys:
        with pytest.raises(NotFound):
            asyncio.run(store.read(key))


@pytest.mark.usefixtures("store")
def test_without_its_bucket_nothing_is_stored() -> None:
    with pytest.raises(Unavailable, match=r"^the store cannot be used now: \w+$"):
        asyncio.run(ObjectStore("s3://no-such-bucket", timeout_s=20.0).write_new("a.bin", b"x"))


def test_finds_every_object_with_what_changes_when_its_content_does(store: ObjectStore) -> None:
    assert asyncio.run(store.find()) == {}
    for key in ("a/one.bin", "a/deeper/two.bin", "three.bin"):
        asyncio.run(store.write_new(key, key.encode()))
    found = asyncio.run(store.find())
    assert {key: info["size"] for key, info in found.items()} == {
        "a/one.bin": 9,
        "a/deeper/two.bin": 16,
        "three.bin": 9,
    }
    assert len({info["ETag"] for info in found.values()}) == 3
