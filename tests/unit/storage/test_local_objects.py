"""Files that are there whole or not at all, whenever the process dies."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.storage.local_objects import names, remove, write_new
from tests.file_modes import modes, umask

CROP, MARK = "faces/20260131/23/crop.jpg", "owners/driver/0/7/crop.jpg"
_CALLS = ((os, "open"), (os, "fsync"), (os, "link"), (Path, "mkdir"), (Path, "unlink"))


class _Killed(BaseException):
    """Ends a call as kill -9 would, provided that nothing it does afterwards has an effect."""


@contextmanager
def watched(before: Callable[[str, Any], None]) -> Iterator[None]:
    """Shows ``before`` every call that changes a folder or waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _CALLS:

            def call(*args: Any, _as: tuple[Any, str] = (getattr(owner, name), name), **named: Any):  # type: ignore[no-untyped-def] # as the real one
                before(_as[1], args[0])
                return _as[0](*args, **named)

            patch.setattr(owner, name, call)
        yield


def content(folder: Path) -> list[bytes]:
    """Of all files that have any, hidden ones too."""
    return [data for path in folder.rglob("*") if path.is_file() and (data := path.read_bytes())]


def ready(root: Path) -> Path:
    """A store in which the owner and the hour have something already."""
    for key in (CROP, MARK):
        (root / key).parent.mkdir(parents=True)
        (root / key).with_name("earlier.jpg").touch()
    return root


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_a_crop_has_its_mark_whenever_its_writer_is_killed(tmp_path: Path, first: bool) -> None:
    def killed_at(root: Path, call: int) -> bool:
        left = call

        def die(_name: str, _target: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise _Killed

        with watched(die):
            try:
                return not write_new(root / CROP, b"face", root / MARK)
            except _Killed:
                return True

    call, seen = 0, set()
    root = tmp_path / "0"
    while killed_at(root if first else ready(root), call):
        crops = names((root / CROP).parent)
        seen.add(len(content(root)))
        assert (root / MARK).is_file() or "crop.jpg" not in crops
        remove(root, [root / CROP])
        assert content(root) == []
        call += 1
        root = tmp_path / str(call)
    assert content(root) == [b"face"]
    assert seen == {0, 1, 2}  # 2: the crop, and the name that it was written under


def synced_and_named(root: Path, mark: Path | None) -> list[str]:
    events: list[str] = []

    def note(name: str, target: Any) -> None:
        if name == "fsync":
            events.append(f"{Path(os.readlink(f'/proc/self/fd/{target}')).relative_to(root)}")
        if name == "link":
            events.append("named")

    with watched(note):
        assert write_new(root / CROP, b"face", mark)
    return events


def test_an_owners_crop_is_named_after_its_mark_is_on_disk(tmp_path: Path) -> None:
    root = ready(tmp_path / "store")
    part = "faces/20260131/23/.crop.jpg.part"
    assert synced_and_named(root, root / MARK) == [
        part,
        "owners/driver/0/7",
        "named",
        "faces/20260131/23",
    ]


def test_an_owners_first_mark_costs_one_fsync_more_for_each_new_folder(tmp_path: Path) -> None:
    root = ready(tmp_path / "store")
    events = synced_and_named(root, root / "owners/driver/0/8/crop.jpg")
    assert events[0] == "owners/driver/0"
    assert events[2:4] == ["owners/driver/0/8", "named"]
    assert len(events) == 5


def test_a_crop_of_nobody_takes_two_fsyncs(tmp_path: Path) -> None:
    root = ready(tmp_path / "store")
    part = "faces/20260131/23/.crop.jpg.part"
    assert synced_and_named(root, None) == [part, "named", "faces/20260131/23"]


def test_removing_leaves_no_empty_folder_but_those_in_the_root(tmp_path: Path) -> None:
    ready(tmp_path)
    (tmp_path / CROP).with_name("earlier.jpg").unlink()
    write_new(tmp_path / CROP, b"face", tmp_path / MARK)
    remove(tmp_path, [tmp_path / CROP, tmp_path / MARK, tmp_path / "none/at/all.jpg"])
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {
        "faces",
        "owners",
        "owners/driver",
        "owners/driver/0",
        "owners/driver/0/7",
        "owners/driver/0/7/earlier.jpg",
    }


def test_writes_into_a_folder_that_is_removed_as_empty_meanwhile(tmp_path: Path) -> None:
    times = 2

    def prune(name: str, target: Any) -> None:
        nonlocal times
        if name == "open" and times and Path(target).name.startswith(".crop"):
            times -= 1
            Path(target).parent.rmdir()

    with watched(prune):
        assert write_new(tmp_path / CROP, b"face", None)
    assert (tmp_path / CROP).read_bytes() == b"face"


def test_crops_are_their_owners_alone(tmp_path: Path) -> None:
    with umask(0):
        write_new(tmp_path / "store" / CROP, b"face", tmp_path / "store" / MARK)
    found = modes(tmp_path)
    assert {path for path, mode in found.items() if mode == 0o600} == {
        f"store/{CROP}",
        f"store/{MARK}",
    }
    assert set(found.values()) == {0o600, 0o700}


def test_a_folder_that_is_not_there_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert names(tmp_path / "none") == []
    assert names(tmp_path / "file") == []


def test_names_what_a_crash_left_half_written(tmp_path: Path) -> None:
    for name in (".crop.jpg.part", "other.jpg", ".other.jpg.part", ".hidden"):
        (tmp_path / name).touch()
    assert sorted(names(tmp_path)) == ["crop.jpg", "other.jpg"]
