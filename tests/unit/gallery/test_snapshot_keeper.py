import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pipelines.gallery.records import GalleryUpdate, Head
from pipelines.gallery.snapshot import Snapshot, SnapshotKey
from pipelines.gallery.snapshot_folder import SnapshotFolder
from pipelines.gallery.snapshot_keeper import SnapshotKeeper

KEY = SnapshotKey("model", 4)
NOTHING = np.zeros(0, np.int64)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Index:
    """What a replica does with its keeper."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.folder = SnapshotFolder(path, KEY)
        self.keeper = SnapshotKeeper(self.folder, every=10, erases_within_s=8.0, clock=clock)
        self.copies = 0
        self.sequence = 0

    def follow(self, sequence: int, *, erased: bool = False, complete: bool = False) -> None:
        known = Head(self.sequence, "t") if self.sequence else None
        empty = np.zeros((0, 4), np.float32)
        head = Head(sequence, "t")
        self.keeper.note(known, GalleryUpdate(head, complete, erased, NOTHING, NOTHING, empty))
        self.sequence = sequence

    def keep(self) -> int | None:
        self.keeper.keep(self.sequence, self._copy)
        return self.keeper.newest_sequence()

    def _copy(self) -> Snapshot:
        self.copies += 1
        return Snapshot(KEY, Head(self.sequence, "t"), NOTHING, np.zeros((0, 4), np.float32))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(tmp_path: Path, clock: Clock) -> Index:
    return Index(tmp_path, clock)


def test_writes_after_so_many_changes(index: Index) -> None:
    written = []
    for sequence in (9, 10, 19, 20, 47):
        index.follow(sequence)
        written.append(index.keep())
    assert written == [None, 10, 10, 20, 47]
    assert index.copies == 3


def test_an_erasure_is_written_after_a_quarter_of_its_time(index: Index, clock: Clock) -> None:
    index.follow(10)
    index.keep()
    index.follow(11, erased=True)
    assert index.keep() == 10
    clock.now += 1.9
    index.follow(12, erased=True)
    assert index.keep() == 10
    clock.now += 0.2
    assert index.keep() == 12
    clock.now += 100
    assert index.keep() == 12
    assert index.copies == 2


def test_an_erasure_needs_no_snapshot_where_there_is_none(index: Index, clock: Clock) -> None:
    index.follow(3, erased=True)
    clock.now += 100
    assert index.keep() is None
    assert index.copies == 0


def test_an_erasure_takes_along_the_snapshots_of_other_models(index: Index, tmp_path: Path) -> None:
    other = SnapshotKey("old model", 4)
    old = Snapshot(other, Head(1, "t"), NOTHING, np.zeros((0, 4), np.float32))
    SnapshotFolder(tmp_path, other).write(old)
    index.follow(3)
    index.keep()
    assert SnapshotFolder(tmp_path, other).newest_sequence() == 1
    index.follow(4, erased=True)
    index.keep()
    assert SnapshotFolder(tmp_path, other).newest_sequence() is None


def test_another_replicas_snapshot_serves_as_well(
    index: Index, clock: Clock, tmp_path: Path
) -> None:
    other = Index(tmp_path, clock)
    for one in (index, other):
        one.follow(10)
        one.keep()
        one.follow(12, erased=True)
    clock.now += 5
    assert other.keep() == 12
    assert index.keep() == 12
    assert (index.copies, other.copies) == (1, 1)


def test_a_full_disk_costs_the_snapshot_and_not_the_erasure(
    index: Index, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    index.follow(10)
    index.keep()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    index.follow(11, erased=True)
    clock.now += 5
    assert index.keep() is None
    assert caplog.messages == [
        "no index snapshot could be written: [Errno 28] No space left on device"
    ]
    monkeypatch.undo()
    index.follow(20)
    assert index.keep() == 20


def test_a_full_disk_leaves_a_useful_snapshot_alone(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.follow(10)
    index.keep()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    index.follow(20)
    assert index.keep() == 10


def test_snapshots_of_a_history_that_is_no_more_are_removed(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    index.follow(40)
    index.keep()
    index.follow(12, erased=True, complete=True)
    assert index.keeper.newest_sequence() is None
    assert caplog.messages == [
        "1 index snapshots were removed: this database does not lead on from change 40, which the "
        "index had come to"
    ]
    assert index.keep() == 12


def test_loads_the_newest(index: Index) -> None:
    assert index.keeper.load() is None
    index.follow(40)
    index.keep()
    loaded = index.keeper.load()
    assert loaded is not None
    assert loaded.head.sequence == 40


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can come to."""
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written here, not even by root, who is the files' owner meanwhile."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        for file in folder.iterdir():
            os.chown(file, 65_534, -1)
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o777)


def test_a_read_only_folder_is_read_and_costs_only_new_snapshots(
    shared: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(shared, clock)
    index.follow(10)
    index.keep()
    index.follow(20)
    with read_only(shared):
        assert index.keep() == 10
        loaded = index.keeper.load()
    assert loaded is not None
    assert loaded.head.sequence == 10
    (message,) = caplog.messages
    assert message.startswith("no index snapshot could be written: [Errno 13] Permission denied")
    assert index.keep() == 20


def test_an_erasure_that_a_read_only_folder_stops_is_made_up_for(
    shared: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(shared, clock)
    index.follow(10)
    index.keep()
    index.follow(11, erased=True)
    clock.now += 5
    with read_only(shared):
        assert index.keep() == 10
        assert index.keep() == 10
    told = [message.partition(":")[0] for message in caplog.messages]
    assert told[0] == "no index snapshot could be written"
    assert told[1].endswith("0010.snapshot cannot be removed")
    assert index.keep() == 11
    assert [path.name[-15:] for path in shared.glob("*.snapshot")] == ["000011.snapshot"]


def test_a_damaged_snapshot_in_a_read_only_folder_is_not_used(
    shared: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(shared, clock)
    index.follow(10)
    index.keep()
    (path,) = shared.glob("*.snapshot")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with read_only(shared):
        assert index.keeper.load() is None
    assert [message.partition(": ")[0] for message in caplog.messages] == [
        f"index snapshot {path.name} is not used",
        f"index snapshot {path.name} cannot be removed",
    ]
