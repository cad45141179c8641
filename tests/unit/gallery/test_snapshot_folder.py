import fcntl
import os
from pathlib import Path

import numpy as np
import pytest

from pipelines.gallery.records import Head
from pipelines.gallery.snapshot import Snapshot, SnapshotKey
from pipelines.gallery.snapshot_folder import SnapshotFolder
from tests.file_modes import modes, open_to_others, umask

KEY = SnapshotKey("model", 4)


def snapshot(sequence: int, key: SnapshotKey = KEY) -> Snapshot:
    templates = np.full((2, 4), 0.5, np.float32)
    return Snapshot(key, Head(sequence, f"token {sequence}"), np.array([1, 2]), templates)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir() if one.suffix)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def folder(path: Path) -> SnapshotFolder:
    return SnapshotFolder(path, KEY)


def test_a_folder_that_is_not_there_holds_nothing(folder: SnapshotFolder, path: Path) -> None:
    assert folder.newest() is None
    assert folder.newest_sequence() is None
    assert not path.exists()


def test_the_newest_replaces_those_before_it(folder: SnapshotFolder, path: Path) -> None:
    assert folder.write(snapshot(3))
    assert folder.write(snapshot(12))
    newest = folder.newest()
    assert newest is not None
    assert newest.head == Head(12, "token 12")
    assert folder.newest_sequence() == 12
    assert len(names(path)) == 1


def test_snapshots_are_their_owners_alone(folder: SnapshotFolder, path: Path) -> None:
    with umask(0):
        assert folder.write(snapshot(3))
        assert len(modes(path)) == 2  # with the lock
        assert open_to_others(path.parent) == set()
        # What an older version left half-written.
        (written,) = path.glob("*.snapshot")
        left = path / written.name.replace("3.snapshot", "4.unfinished")
        left.touch()
        assert folder.write(snapshot(4))
    assert not left.exists()
    assert open_to_others(path.parent) == set()


def test_another_replicas_newer_one_stays(folder: SnapshotFolder, path: Path) -> None:
    SnapshotFolder(path, KEY).write(snapshot(20))
    folder.write(snapshot(12))
    assert folder.newest_sequence() == 20


def test_shards_share_a_folder_and_other_models_and_counts_leave_it(path: Path) -> None:
    shards = [SnapshotKey("model", 4, shard, 2) for shard in range(2)]
    others = [KEY, SnapshotKey("old model", 4, 0, 2), SnapshotKey("model", 4, 0, 3)]
    for key in [*others, *shards]:
        SnapshotFolder(path, key).write(snapshot(5, key))
    assert [SnapshotFolder(path, key).newest_sequence() for key in shards] == [5, 5]
    assert [SnapshotFolder(path, key).newest_sequence() for key in others] == [None] * 3


def test_a_broken_snapshot_is_removed_and_the_one_before_it_used(
    folder: SnapshotFolder, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write(snapshot(12))
    (whole,) = path.glob("*.snapshot")
    broken = whole.with_name(whole.name.replace("12", "13"))
    broken.write_bytes(whole.read_bytes()[:-1])
    newest = folder.newest()
    assert newest is not None
    assert newest.head.sequence == 12
    assert not broken.exists()
    assert caplog.messages == [
        f"index snapshot {broken.name} is not used: its length is not that of its contents"
    ]


def test_one_that_cannot_be_read_is_passed_over(
    folder: SnapshotFolder, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write(snapshot(12))
    (whole,) = path.glob("*.snapshot")
    whole.unlink()
    whole.mkdir()
    assert folder.newest() is None
    assert f"index snapshot {whole.name} cannot be read" in caplog.text


def test_a_writer_leaves_the_folder_to_the_one_that_is_writing(
    folder: SnapshotFolder, path: Path
) -> None:
    folder.write(snapshot(12))
    (lock,) = path.glob("*lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not folder.write(snapshot(13))
    assert folder.write(snapshot(14))
    assert folder.newest_sequence() == 14


def test_what_a_killed_writer_left_is_removed(folder: SnapshotFolder, path: Path) -> None:
    folder.write(snapshot(12))
    (whole,) = path.glob("*.snapshot")
    left = whole.with_suffix(".unfinished")
    left.write_bytes(b"vectors")
    foreign = path / "elsewhere-of1-shard0-1.unfinished"
    foreign.write_bytes(b"vectors")
    folder.write(snapshot(13))
    assert not left.exists()
    assert not foreign.exists()


def test_nothing_half_written_stays_when_the_disk_is_full(
    folder: SnapshotFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(snapshot(12))

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        folder.write(snapshot(13))
    assert len(names(path)) == 1
    assert folder.newest_sequence() == 12


def test_the_snapshot_is_on_the_disk_before_it_has_its_name(
    folder: SnapshotFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, list[str]]] = []
    fsync = os.fsync

    def noted(file: int) -> None:
        synced.append((Path(f"/proc/self/fd/{file}").readlink().name, names(path)))
        fsync(file)

    monkeypatch.setattr(os, "fsync", noted)
    folder.write(snapshot(12))
    (written, before), (synced_folder, after) = synced
    assert before == [written]
    assert written.endswith(".unfinished")
    assert synced_folder == path.name
    assert [name.partition(".")[2] for name in after] == ["snapshot"]


def test_removes_what_is_older_than_a_change(folder: SnapshotFolder) -> None:
    folder.write(snapshot(12))
    folder.remove_before(12)
    assert folder.newest_sequence() == 12
    folder.remove_before(13)
    assert folder.newest_sequence() is None


def test_removes_all_of_this_index(folder: SnapshotFolder, path: Path) -> None:
    folder.write(snapshot(12))
    assert (folder.remove_all(), folder.remove_all()) == (1, 0)
    assert names(path) == []
