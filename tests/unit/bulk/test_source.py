"""What a job is asked to do."""

import asyncio
import os
from pathlib import Path

import pytest

from pipelines.bulk.source import files_of, place, require_apart
from pipelines.errors import ConfigurationError


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
