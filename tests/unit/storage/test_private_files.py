"""Modes of what is made, under the umasks that let most and least through."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.storage.private_files import (
    create_private_file,
    ensure_private_file,
    make_private_folder,
)
from tests.file_modes import modes, umask


@pytest.fixture(params=[0o000, 0o077], ids=["open", "closed"], autouse=True)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    with umask(request.param):
        yield


def make(folder: Path) -> None:
    make_private_folder(folder / "a/b")
    os.close(create_private_file(folder / "a/b/new"))
    ensure_private_file(folder / "a/beside")


def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make(tmp_path)
    assert modes(tmp_path) == {"a": 0o700, "a/b": 0o700, "a/b/new": 0o600, "a/beside": 0o600}


def test_a_folder_that_is_shared_with_a_group_shares_what_is_made_in_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    make(tmp_path)
    assert modes(tmp_path) == {"a": 0o2770, "a/b": 0o2770, "a/b/new": 0o660, "a/beside": 0o660}


def test_a_group_that_may_only_read_a_folder_reads_what_is_made_in_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)
    make(tmp_path)
    assert modes(tmp_path) == {"a": 0o2750, "a/b": 0o2750, "a/b/new": 0o640, "a/beside": 0o640}


def test_what_is_there_already_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o755)
    (tmp_path / "a/beside").touch()
    (tmp_path / "a/beside").chmod(0o644)
    tmp_path.chmod(0o755)
    make(tmp_path)
    assert modes(tmp_path) == {"a": 0o755, "a/b": 0o700, "a/b/new": 0o600, "a/beside": 0o644}
    with pytest.raises(FileExistsError):
        create_private_file(tmp_path / "a/beside")


def test_returns_the_folders_that_were_missing(tmp_path: Path) -> None:
    assert make_private_folder(tmp_path / "a/b") == [tmp_path / "a", tmp_path / "a/b"]
    assert make_private_folder(tmp_path / "a/b") == []


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "a")
