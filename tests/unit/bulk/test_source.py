"""What a job is asked to do."""

import asyncio
import os
from pathlib import Path

import pytest

from pipelines.bulk.source import files_of, place, require_apart, require_there
from pipelines.errors import ConfigurationError, Unavailable
from pipelines.storage.object_store import ObjectStore


def test_lists_every_file_but_hidden_ones(tmp_path: Path) -> None:
    for path in ("b.jpg", "gate 1/ä.png", "notes.txt", ".hidden.jpg", ".cache/c.jpg"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"12345")
    found = asyncio.run(files_of(str(tmp_path)))
    assert [file["path"] for file in found] == ["b.jpg", "gate 1/ä.png", "notes.txt"]
    assert {file["size"] for file in found} == {5}


def test_a_changed_file_has_another_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"one")
    (before,) = asyncio.run(files_of(str(tmp_path)))
    assert asyncio.run(files_of(str(tmp_path))) == [before]
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    (after,) = asyncio.run(files_of(str(tmp_path)))
    assert (before["size"], before["mark"] != after["mark"]) == (3, True)


def test_a_source_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no files: name a folder or a prefix"):
        asyncio.run(files_of(str(tmp_path / "nowhere")))


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
