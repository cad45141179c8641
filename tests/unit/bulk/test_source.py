"""What a job is asked to do."""

import asyncio
import os
from pathlib import Path

import pytest

from pipelines.bulk.source import files_of, place, require_apart, require_there, told_skipped
from pipelines.errors import ConfigurationError, Unavailable
from pipelines.storage.object_store import ObjectStore

FILES = (
    "b.JPG",
    "gate 1/ä.png",
    "gate 1/c.jpeg",
    "gate 1/c.jpeg.json",
    "gate 1/Thumbs.db",
    "frame",
    "notes.txt",
    ".DS_Store",
    ".cache/d.jpg",
)


@pytest.fixture(params=["folder", "memory"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder, or a prefix of object storage, with FILES."""
    if request.param == "folder":
        for path in FILES:
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(b"12345")
        return str(tmp_path)
    url = f"memory://{tmp_path.name}/source"
    store = ObjectStore(url)
    for path in FILES:
        asyncio.run(store.write_new(path, b"12345"))
    return url


def test_lists_pictures_and_counts_what_else_is_there(source: str) -> None:
    found = asyncio.run(files_of(source))
    assert [file["path"] for file in found.items] == ["b.JPG", "gate 1/c.jpeg", "gate 1/ä.png"]
    assert {file["size"] for file in found.items} == {5}
    assert found.skipped == {"hidden": 2, ".json": 1, ".db": 1, ".txt": 1, "without suffix": 1}


def test_all_files_are_all_but_hidden_ones(source: str) -> None:
    found = asyncio.run(files_of(source, all_files=True))
    assert [file["path"] for file in found.items] == sorted(FILES[:-2])
    assert found.skipped == {"hidden": 2}


def test_what_was_left_out_is_told_by_kind() -> None:
    assert told_skipped({}) == ""
    assert told_skipped({"hidden": 2}) == "skipped: 2 (2 hidden)"
    assert told_skipped({".txt": 3, "hidden": 2, "without suffix": 4}) == (
        "skipped: 9 (4 without suffix, 3 .txt, 2 hidden); --all-files takes all but hidden ones"
    )
    assert told_skipped({f".{number:03}": 1 for number in range(900)}) == (
        "skipped: 900 (1 .000, 1 .001, 1 .002, 1 .003, 1 .004, 895 others); --all-files takes all "
        "but hidden ones"
    )


def test_a_changed_file_has_another_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"one")
    (before,) = asyncio.run(files_of(str(tmp_path))).items
    assert asyncio.run(files_of(str(tmp_path))).items == [before]
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    (after,) = asyncio.run(files_of(str(tmp_path))).items
    assert (before["size"], before["mark"] != after["mark"]) == (3, True)


def test_a_source_without_files_is_refused(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(files_of(str(nowhere)))
    assert str(refusal.value) == f"there is no folder {nowhere}"
    with pytest.raises(ConfigurationError, match="has no files: name a folder or a prefix"):
        asyncio.run(files_of("memory://nowhere"))
    (tmp_path / ".hidden.jpg").touch()
    with pytest.raises(ConfigurationError, match="has no files: name a folder or a prefix"):
        asyncio.run(files_of(str(tmp_path)))


def test_a_source_without_pictures_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "frame").touch()
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(files_of(str(tmp_path)))
    assert str(refused.value) == (
        f"{tmp_path} has no pictures; skipped: 1 (1 without suffix); --all-files takes all but "
        "hidden ones"
    )
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(files_of(str(tmp_path / "frame")))
    assert str(refused.value) == f"{tmp_path}/frame is a file: name the folder that it lies in"


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_place_that_has_become_empty_is_told_from_one_with_files(
    tmp_path: Path, kind: str
) -> None:
    place = str(tmp_path / "place") if kind == "folder" else f"memory://{tmp_path.name}/place"
    store = ObjectStore(place)
    with pytest.raises(Unavailable, match="is empty now and was not before"):
        asyncio.run(require_there(store, place))
    assert asyncio.run(store.write_new("gate/1.jpg", b"1"))
    asyncio.run(require_there(store, place))


def test_an_output_in_the_source_is_refused(tmp_path: Path) -> None:
    source = str(tmp_path / "pictures")
    for out in (source, f"{source}/out"):
        with pytest.raises(ConfigurationError, match="put the output beside it"):
            require_apart(source, out)
    require_apart(source, f"{source}-out")
    require_apart("s3://bucket/pictures", "s3://bucket/plates")


def test_relative_folders_start_where_the_command_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place("pictures") == str(tmp_path / "pictures")
    assert place("s3://bucket/pictures") == "s3://bucket/pictures"
