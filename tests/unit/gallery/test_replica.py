"""A replica that starts from snapshots and leaves none of an erased driver."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from configs.settings import GallerySettings
from pipelines.errors import ConfigurationError
from pipelines.gallery.database import open_engine
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.replica import IndexReplica
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person

Open = Callable[..., Gallery]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def settings(database_url: str, folder: Path) -> GallerySettings:
    """A snapshot after every change, on both databases."""
    return GallerySettings(
        database_url=database_url,
        snapshots=str(folder),
        snapshot_every=1,
        snapshot_erases_within_s=3600,
    )


@pytest.fixture
def open_here(settings: GallerySettings) -> Iterator[Open]:
    """Opens galleries whose upkeep runs when a test says so, and not by itself."""
    opened: list[Gallery] = []

    def gallery(**changes: object) -> Gallery:
        changed = settings.model_copy(update=changes)
        opened.append(Gallery.open(changed, MODEL, DIMENSION))
        opened[-1]._replica.stop()
        return opened[-1]

    yield gallery
    for one in opened:
        one.close()


def keep_up(gallery: Gallery) -> None:
    gallery._replica.keep_up()


def found(gallery: Gallery, person: Person, number: int) -> int | None:
    matches = gallery.search(person(number)[None])[0].matches
    return matches[0].driver_id if matches and matches[0].similarity > 0.99 else None


def template(gallery: Gallery, driver_id: int) -> bytes:
    vector = gallery.store.directory.template(driver_id)
    assert vector is not None
    return vector.tobytes()


def only(folder: Path) -> Path:
    (path,) = folder.glob("*.snapshot")
    return path


def test_starts_from_a_snapshot_and_follows_from_there(
    open_here: Open, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    first = open_here()
    ids = [first.register([enrol(person(number))]) for number in range(4)]
    keep_up(first)
    assert first.status().snapshot_sequence == 4
    ids.append(first.register([enrol(person(4))]))
    first.store.erase(ids[0])
    engine = open_engine(settings)
    with engine.begin() as connection:
        # Whatever the second replica knows of these it has from the snapshot.
        connection.execute(text("DELETE FROM embeddings WHERE face_id IN (2, 3)"))
    engine.dispose()
    second = open_here()
    assert second.sequence == 6
    assert [found(second, person, number) for number in range(5)] == [None, *ids[1:]]
    assert second.size == 4


@pytest.mark.parametrize("damage", ["cut off", "changed", "of another format", "no snapshot"])
def test_a_snapshot_that_cannot_be_used_only_costs_time(
    open_here: Open,
    person: Person,
    enrol: Enrol,
    folder: Path,
    damage: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = open_here()
    driver_id = first.register([enrol(person(1))])
    keep_up(first)
    path, whole = only(folder), only(folder).read_bytes()
    damaged = {
        "cut off": whole[:-40],
        "changed": whole[:-40] + bytes([whole[-40] ^ 8]) + whole[-39:],
        "of another format": whole.replace(b'"format": 1', b'"format": 9'),
        "no snapshot": b"",
    }
    path.write_bytes(damaged[damage])
    second = open_here()
    assert found(second, person, 1) == driver_id
    assert f"index snapshot {path.name} is not used: its" in caplog.text or damage == "no snapshot"
    assert not path.exists() or path.read_bytes() == whole
    keep_up(second)
    assert only(folder).read_bytes() == whole


def test_a_snapshot_that_is_newer_than_the_database_is_not_used(
    open_here: Open,
    settings: GallerySettings,
    person: Person,
    enrol: Enrol,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = open_here()
    for number in range(3):
        first.register([enrol(person(number))])
    keep_up(first)
    engine = open_engine(settings)
    with engine.begin() as connection:  # as a backup of the time before the third driver
        connection.execute(text("DELETE FROM drivers WHERE driver_id = 3"))
        connection.execute(text("DELETE FROM changes WHERE sequence = 3"))
        connection.execute(text("UPDATE gallery_head SET sequence = 2"))
    engine.dispose()
    second = open_here()
    assert (second.size, second.sequence) == (2, 2)
    assert found(second, person, 2) is None
    assert not list(folder.glob("*3.snapshot"))
    assert (
        "1 index snapshots were removed: this database does not lead on from change 3, which the "
        "index had come to"
    ) in caplog.messages
    keep_up(first)  # the first follows the backup as well
    assert json.loads(only(folder).read_bytes()[12:].partition(b"}")[0] + b"}")["sequence"] == 2


def test_an_erased_vector_leaves_the_disk(
    open_here: Open, person: Person, enrol: Enrol, folder: Path
) -> None:
    gallery, other = open_here(snapshot_erases_within_s=1e-9), open_here()
    kept, erased = (gallery.register([enrol(person(number))]) for number in (1, 2))
    keep_up(gallery)
    left, gone = template(gallery, kept), template(gallery, erased)
    assert gone in only(folder).read_bytes()
    other.store.erase(erased)
    keep_up(gallery)
    assert left in only(folder).read_bytes()
    assert not any(gone in one.read_bytes() for one in folder.iterdir())
    assert found(other, person, 1) == kept


def test_a_replica_that_nobody_searches_follows_erasures_by_itself(
    settings: GallerySettings, person: Person, enrol: Enrol, folder: Path
) -> None:
    quick = settings.model_copy(update={"snapshot_erases_within_s": 0.2})
    gallery = Gallery.open(quick, MODEL, DIMENSION)
    wait = threading.Event()

    def until(done: Callable[[], bool]) -> None:
        for _ in range(600):
            if done():
                return
            wait.wait(0.05)
        raise AssertionError("not in 30 s")

    gallery.store.register([enrol(person(1))])
    erased = gallery.store.register([enrol(person(2))])
    until(lambda: gallery.status().snapshot_sequence == 2)
    gone = template(gallery, erased)
    assert gone in only(folder).read_bytes()
    gallery.store.erase(erased)
    until(lambda: gallery.status().snapshot_sequence == 3)
    assert gone not in only(folder).read_bytes()
    gallery.close()


def test_a_folder_that_cannot_be_written_costs_only_the_snapshot(
    open_here: Open, person: Person, enrol: Enrol, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file stands where the folder should be")
    gallery = open_here()
    driver_id = gallery.register([enrol(person(1))])
    keep_up(gallery)
    assert found(gallery, person, 1) == driver_id
    assert gallery.status().snapshot_sequence is None
    assert "no index snapshot could be written: " in caplog.text


def test_without_a_folder_no_snapshots_are_kept(
    open_here: Open, person: Person, enrol: Enrol, folder: Path
) -> None:
    gallery = open_here(snapshots=None)
    gallery.register([enrol(person(1))])
    keep_up(gallery)
    assert gallery.status().snapshot_sequence is None
    assert not folder.exists()


def test_builds_an_approximate_index_beside_the_searches(
    sqlite_url: str, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured = GallerySettings(
        database_url=sqlite_url, snapshots=None, exact_up_to=1000, recall=0.95
    )
    store = GalleryStore.open(configured, MODEL, DIMENSION)
    replica = IndexReplica(store, configured, 0)
    vectors = np.random.default_rng(0).standard_normal((1200, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store.register([enrol(vectors[0])])
    replica.search(vectors[:1])
    replica._index.put(np.arange(1, 1201), vectors)
    built = threading.Event()
    finish = replica._index.finish_building

    def finished(*given: Any) -> None:
        finish(*given)
        built.set()

    monkeypatch.setattr(replica._index, "finish_building", finished)
    replica.keep_up()
    assert built.wait(60)
    status = replica.status()
    assert (status.kind, status.drivers) == ("approximate", 1200)
    assert status.recall is not None
    assert status.recall >= 0.95
    assert status.build_s is not None
    answers = replica.search(vectors[:50])
    assert [answer.matches[0].driver_id for answer in answers] == list(range(1, 51))
    store.close()


def test_a_gpu_that_cannot_be_used_stops_the_start(open_here: Open) -> None:
    with pytest.raises(ConfigurationError, match=r"^gallery.index_device cuda needs FAISS with"):
        open_here(index_device="cuda")
