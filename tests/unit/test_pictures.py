"""Picture ids, and pictures from folders and object storage."""

import asyncio
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from pipelines.errors import (
    ConfigurationError,
    InvalidRequest,
    PictureNotFound,
    TooLarge,
    UpstreamFailure,
)
from pipelines.pictures import PictureSource, check_picture_id
from tests.unit.picture_fetching import LIMIT, PICTURE, fetch, source_settings


@pytest.mark.parametrize(
    "pict_id",
    [
        *("", ".", "..", "...", ". .", " ", "x" * 129),
        *("a/b", "a\\b", "/etc/passwd", "a\0", "a\n", "\x7f", "\ud800", "\u2028"),
    ],
)
def test_refuses_an_id_that_is_not_one_name(pict_id: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^Invalid request format$"):
        check_picture_id(pict_id, max_length=128)


@pytest.mark.parametrize(
    "pict_id", ["10022", "x" * 128, "..a", "ночь 7", "%2e%2e", "车牌", "a:b*?"]
)
def test_accepts_any_other_id(pict_id: str) -> None:
    check_picture_id(pict_id, max_length=128)


@pytest.mark.parametrize("name", ["10022", "10022.jpg", "10022.jpeg", "10022.png"])
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_reads_from_a_folder_or_an_fsspec_url_with_or_without_suffix(
    tmp_path: Path, kind: str, name: str
) -> None:
    base_url = str(tmp_path) if kind == "folder" else f"memory://{tmp_path.name}"
    fs, root = fsspec.url_to_fs(base_url)
    fs.makedirs(f"{root}/images")
    fs.pipe_file(f"{root}/images/{name}", PICTURE)
    assert fetch(base_url, "10022") == PICTURE
    with pytest.raises(PictureNotFound, match=r"^Resource not found$"):
        fetch(base_url, "1002")


def test_a_link_out_of_the_folder_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "base/images").mkdir(parents=True)
    (tmp_path / "base/images/10022.jpg").symlink_to(tmp_path / "secret")
    with pytest.raises(PictureNotFound):
        fetch(str(tmp_path / "base"), "10022")


def test_a_stored_picture_over_the_limit_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images/big.png").write_bytes(bytes(LIMIT + 1))
    with pytest.raises(TooLarge, match=r"^the picture has more than 4096 bytes$"):
        fetch(str(tmp_path), "big")


def test_a_store_that_refuses_access_is_an_upstream_failure_that_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_: LocalFileSystem, path: str, **__: object) -> None:
        asked.append(Path(path).suffix)
        raise PermissionError("Forbidden")

    monkeypatch.setattr(LocalFileSystem, "info", refuse)
    with pytest.raises(
        UpstreamFailure,
        match=r"^the store refuses access; the rights to read and to list its objects are needed$",
    ):
        fetch(str(tmp_path), "10022")
    assert asked == ["", ".jpg", ".jpeg", ".png"]


@pytest.mark.parametrize("base_url", ["http://", "https:///x", "carrier-pigeon://loft"])
def test_an_unusable_base_url_is_a_configuration_error(base_url: str) -> None:
    async def build() -> None:
        PictureSource(source_settings(base_url))

    with pytest.raises(ConfigurationError):
        asyncio.run(build())
