import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from configs.settings import StorageSettings
from pipelines.crops import CropKind, CropStore
from pipelines.errors import NotFound, Unavailable

JPEG = b"\xff\xd8\xff\xe0 crop"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CropStore:
    url = str(tmp_path / "crops") if request.param == "folder" else f"memory://{tmp_path.name}"
    return CropStore(StorageSettings(url=url))


@pytest.mark.parametrize(("kind", "suffix"), [("license_plates", "lp"), ("faces", "face")])
def test_paths_carry_the_utc_time_and_six_random_characters(
    store: CropStore, kind: CropKind, suffix: str
) -> None:
    path = asyncio.run(store.save(kind, JPEG))
    match = re.fullmatch(
        rf"static/images/{kind}/(\d{{8}}_\d{{6}})_[A-Z0-9]{{6}}_{suffix}\.jpg", path
    )
    assert match is not None
    moment = datetime.strptime(match[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_loads_what_was_saved(store: CropStore) -> None:
    async def round_trip() -> bytes:
        return await store.load(await store.save("faces", JPEG))

    assert asyncio.run(round_trip()) == JPEG


def test_many_crops_of_one_second_have_different_paths(store: CropStore) -> None:
    async def save_many() -> list[str]:
        return await asyncio.gather(*(store.save("license_plates", JPEG) for _ in range(50)))

    assert len(set(asyncio.run(save_many()))) == 50


def test_never_overwrites_a_crop(store: CropStore) -> None:
    path = asyncio.run(store.save("faces", b"first"))
    with pytest.raises(Unavailable, match=rf"^the crop's path {re.escape(path)} is taken$"):
        asyncio.run(store.write(path, b"second"))
    assert asyncio.run(store.load(path)) == b"first"


def test_a_new_path_holds_nothing_until_it_is_written(store: CropStore) -> None:
    path = store.new_path("faces")
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.load(path))
    asyncio.run(store.write(path, JPEG))
    assert asyncio.run(store.load(path)) == JPEG


def test_a_removed_crop_is_not_found(store: CropStore) -> None:
    path = asyncio.run(store.save("faces", JPEG))
    asyncio.run(store.remove(path))
    asyncio.run(store.remove(path))
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.load(path))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "static/images/faces/",
        "static/images/faces/../../secret.txt",
        "static/images/faces/..%2f..%2fsecret.txt",
        "/static/images/faces/20260131_235959_AAAAAA_face.jpg",
        "faces/20260131_235959_AAAAAA_face.jpg",
        "static/images/faces/20260131_235959_AAAAAA_lp.jpg",
        "static/images/license_plates/20260131_235959_AAAAAA_face.jpg",
        "static/images/faces/20260131_235959_aaaaaa_face.jpg",
        "static/images/faces/20260131_235959_AAAAAA_face.jpg\n",
        "static/images/faces/20260131_235959_AAAAAA_face.jpg\0.png",
        "static/images/faces/٢0260131_235959_AAAAAA_face.jpg",
    ],
)
def test_any_other_path_is_not_found(store: CropStore, path: str) -> None:
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.load(path))
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.remove(path))
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.write(path, JPEG))


def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = CropStore(StorageSettings(url=str(tmp_path / "file")))
    with pytest.raises(Unavailable):
        asyncio.run(store.save("faces", JPEG))
