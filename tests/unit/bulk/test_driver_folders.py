"""Drivers as folders of photos."""

import asyncio
import os
from pathlib import Path

import pytest

from pipelines.bulk.driver_folders import DriverFolder, driver_folders, loaded
from pipelines.errors import BadInput, ConfigurationError, TooLarge
from pipelines.storage.object_store import ObjectStore


def people(folder: Path, **photos: dict[str, bytes]) -> Path:
    for name, its in photos.items():
        (folder / name).mkdir(parents=True)
        for photo, data in its.items():
            (folder / name / photo).write_bytes(data)
    return folder


def key(folder: Path, name: str = "Ann") -> str:
    (one,) = [one for one in asyncio.run(driver_folders(str(folder))).folders if one.name == name]
    return asyncio.run(loaded(ObjectStore(str(folder)), one, 100)).idempotency_key


def test_a_driver_is_a_folder_with_photos(tmp_path: Path) -> None:
    people(tmp_path, Ann={"b.jpg": b"2", "a.jpg": b"1"}, Bob={"c.png": b"3"})
    (tmp_path / "Ann" / "old").mkdir()
    others = ("Ann/old/d.jpg", "Ann/.DS_Store", "Bob/Thumbs.db", "Bob/scan", "list.csv", "e.jpg")
    for path in others:
        (tmp_path / path).write_bytes(b"4")
    found = asyncio.run(driver_folders(str(tmp_path)))
    assert found.folders == [
        DriverFolder("Ann", ("Ann/a.jpg", "Ann/b.jpg")),
        DriverFolder("Bob", ("Bob/c.png",), ("Bob/Thumbs.db", "Bob/scan")),
    ]
    assert found.skipped == {
        "hidden": 1,
        ".csv": 1,
        ".db": 1,
        "without suffix": 1,
        "in no driver's folder": 2,
    }
    all_files = asyncio.run(driver_folders(str(tmp_path), all_files=True))
    assert all_files.folders[1].photos == ("Bob/Thumbs.db", "Bob/c.png", "Bob/scan")


def test_a_source_without_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    with pytest.raises(ConfigurationError, match="has no folders with photos: make one for each"):
        asyncio.run(driver_folders(str(tmp_path)))


def test_a_folder_with_other_files_only_is_a_driver_too(tmp_path: Path) -> None:
    people(tmp_path, Ann={"a.jpg": b"1"}, Bob={"1.HEIC": b"2", "2.heic": b"3"})
    found = asyncio.run(driver_folders(str(tmp_path)))
    assert found.folders[1] == DriverFolder("Bob", (), ("Bob/1.HEIC", "Bob/2.heic"))
    assert found.skipped == {".heic": 2}
    (tmp_path / "Ann" / "a.jpg").unlink()
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(driver_folders(str(tmp_path)))
    assert str(refused.value) == (
        f"{tmp_path} has no folders with photos: make one for each driver; skipped: 2 (2 .heic); "
        "--all-files takes all but hidden ones"
    )


def test_the_key_follows_name_and_photos_and_not_their_names(tmp_path: Path) -> None:
    first = people(tmp_path / "1", Ann={"a.jpg": b"1", "b.jpg": b"2"}, Bob={"a.jpg": b"1"})
    renamed = people(tmp_path / "2", Ann={"x.jpg": b"2", "y.jpg": b"1"}, Eve={"a.jpg": b"1"})
    assert key(first) == key(renamed)
    assert key(first).startswith("bulk-")
    assert key(first, "Bob") != key(renamed, "Eve")
    (renamed / "Ann" / "z.jpg").write_bytes(b"3")
    assert key(first) != key(renamed)


def test_a_folder_whose_name_is_no_text_is_told_of(tmp_path: Path) -> None:
    people(tmp_path, **{os.fsdecode(b"Ren\xe9"): {"a.jpg": b"1"}})
    with pytest.raises(BadInput, match=r"^the name is not UTF-8: rename the file$"):
        key(tmp_path, "Ren\\udce9")


def test_a_photo_that_is_too_large_is_told_of(tmp_path: Path) -> None:
    people(tmp_path, Ann={"a.jpg": b"1" * 101})
    with pytest.raises(TooLarge, match="more than 100 bytes"):
        key(tmp_path)
