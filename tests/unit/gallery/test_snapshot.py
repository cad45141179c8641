import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.gallery.records import Head
from pipelines.gallery.snapshot import (
    DamagedSnapshot,
    Snapshot,
    SnapshotKey,
    read_snapshot,
    write_snapshot,
)

KEY = SnapshotKey("model", 8, 1, 3)


def snapshot(count: int = 50) -> Snapshot:
    templates = np.random.default_rng(0).standard_normal((count, 8)).astype(np.float32)
    return Snapshot(KEY, Head(7, "token"), np.arange(1, 3 * count, 3)[:count], templates)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A snapshot of fifty drivers."""
    write_snapshot(tmp_path / "a.snapshot", snapshot())
    return tmp_path / "a.snapshot"


@pytest.mark.parametrize("count", [0, 1, 50])
def test_what_was_written_is_read(tmp_path: Path, count: int) -> None:
    written = snapshot(count)
    write_snapshot(tmp_path / "a", written)
    read = read_snapshot(tmp_path / "a", KEY)
    assert (read.key, read.head) == (KEY, Head(7, "token"))
    np.testing.assert_array_equal(read.driver_ids, written.driver_ids)
    np.testing.assert_array_equal(read.templates, written.templates)
    assert read.driver_ids.dtype == np.int64
    assert read.templates.dtype == np.float32


def test_any_changed_byte_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for place in [*range(0, 240), *range(240, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DamagedSnapshot):
            read_snapshot(path, KEY)


def test_any_missing_or_added_byte_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for length in [0, 1, 8, 11, 12, 60, 200, 1000, len(whole) - 32, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedSnapshot):
            read_snapshot(path, KEY)
    path.write_bytes(whole + b"\0")
    with pytest.raises(DamagedSnapshot, match=r"^its length is not that of its contents$"):
        read_snapshot(path, KEY)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (SnapshotKey("other", 8, 1, 3), "its model_id is 'model', not 'other'"),
        (SnapshotKey("model", 16, 1, 3), "its dimension is 8, not 16"),
        (SnapshotKey("model", 8, 2, 3), "its shard is 1, not 2"),
        (SnapshotKey("model", 8, 1, 2), "its shards is 3, not 2"),
    ],
)
def test_is_of_one_index_only(path: Path, key: SnapshotKey, message: str) -> None:
    with pytest.raises(DamagedSnapshot) as raised:
        read_snapshot(path, key)
    assert str(raised.value) == message


def test_another_format_is_not_read(path: Path) -> None:
    whole = path.read_bytes()
    assert json.loads(whole[12 : whole.index(b"}") + 1])["format"] == 1
    path.write_bytes(whole.replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(DamagedSnapshot, match=r"^its format is 2, not 1$"):
        read_snapshot(path, KEY)


def test_a_file_of_another_kind_is_no_snapshot(path: Path) -> None:
    path.write_text("SELECT 1")
    with pytest.raises(DamagedSnapshot, match=r"^it does not begin like a snapshot$"):
        read_snapshot(path, KEY)
