import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from configs.settings import StorageSettings
from pipelines.errors import NotFound, Unavailable
from pipelines.storage import crops
from pipelines.storage.crop_names import CropKind, driver_owner, token_owner
from pipelines.storage.crops import CropStore
from pipelines.storage.object_store import ObjectStore

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
    if path:
        with pytest.raises(NotFound, match=r"^Resource not found$"):
            asyncio.run(store.remove(path))
    with pytest.raises(NotFound, match=r"^Resource not found$"):
        asyncio.run(store.write(path, JPEG))


def test_a_drivers_crops_are_removed_and_nobody_elses(store: CropStore) -> None:
    async def scenario() -> list[bool]:
        owners = [driver_owner(7), driver_owner(7), driver_owner(70), token_owner("7"), None]
        paths = [await store.save("faces", JPEG, owner) for owner in owners]
        await store.remove_of(driver_owner(7))
        return [await _is_there(store, path) for path in paths]

    assert asyncio.run(scenario()) == [False, False, True, True, True]


def test_released_crops_stay(store: CropStore) -> None:
    async def scenario() -> tuple[bool, bool]:
        path = await store.save("faces", JPEG, token_owner("a1"))
        await store.release(token_owner("a1"))
        return await store.remove_of(token_owner("a1")), await _is_there(store, path)

    assert asyncio.run(scenario()) == (True, True)


def test_a_crop_that_may_be_under_way_is_found_by_a_second_call(
    store: CropStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> tuple[bool, bool, bool, bool]:
        path = store.new_path("faces")
        await store.write(path, JPEG, driver_owner(7))
        first = await store.remove_of(driver_owner(7))
        # As if the writer, which had stored the mark already, came to store the crop only now.
        await store.write(path, JPEG)
        second = await store.remove_of(driver_owner(7))
        monkeypatch.setattr(crops, "UNDER_WAY", timedelta(seconds=-2))
        third = await store.remove_of(driver_owner(7))
        return first, second, third, await _is_there(store, path)

    assert asyncio.run(scenario()) == (False, False, True, False)


def test_the_mark_of_a_crop_whose_name_is_taken_goes(store: CropStore) -> None:
    async def scenario() -> bool:
        path = await store.save("faces", b"first", driver_owner(8))
        with pytest.raises(Unavailable):
            await store.write(path, b"second", driver_owner(7))
        await store.remove_of(driver_owner(7))
        return await _is_there(store, path)

    assert asyncio.run(scenario())


@pytest.mark.parametrize("owner", ["", "driver-", "driver-07", "driver-7/..", "token-", "token-xy"])
def test_nobody_is_called_otherwise(store: CropStore, owner: str) -> None:
    with pytest.raises(ValueError, match=r"owns no crops; use driver_owner or token_owner$"):
        asyncio.run(store.save("faces", JPEG, owner))
    with pytest.raises(ValueError, match=r"owns no crops; use driver_owner or token_owner$"):
        asyncio.run(store.remove_of(owner))


def test_keeps_no_pictures_where_the_settings_say_so(tmp_path: Path) -> None:
    before = CropStore(StorageSettings(url=str(tmp_path)))
    path = asyncio.run(before.save("faces", JPEG, driver_owner(7)))
    files = sorted(tmp_path.rglob("*"))
    store = CropStore(StorageSettings(url=str(tmp_path), keep_pictures=False))
    assert store.new_path("faces") == ""
    assert asyncio.run(store.save("license_plates", JPEG)) == ""
    asyncio.run(store.write("", JPEG, driver_owner(8)))
    assert sorted(tmp_path.rglob("*")) == files
    asyncio.run(store.remove(""))
    assert asyncio.run(store.load(path)) == JPEG
    asyncio.run(store.remove_of(driver_owner(7)))
    assert not asyncio.run(_is_there(store, path))


def test_crops_of_the_first_version_are_read_and_removed(tmp_path: Path) -> None:
    store = CropStore(StorageSettings(url=str(tmp_path)))
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces/20260131_235959_AAAAAA_face.jpg").write_bytes(JPEG)
    path = "static/images/faces/20260131_235959_AAAAAA_face.jpg"
    assert asyncio.run(store.load(path)) == JPEG
    asyncio.run(store.remove(path))
    assert not asyncio.run(_is_there(store, path))


def test_removes_many_crops_and_none_of_them_if_a_path_is_wrong(store: CropStore) -> None:
    async def scenario() -> list[bool]:
        paths = [await store.save("faces", JPEG) for _ in range(3)]
        with pytest.raises(NotFound):
            await store.remove_all([paths[0], "crop.jpg"])
        before = await _is_there(store, paths[0])
        await store.remove_all([paths[0], "", paths[1]])
        return [before, *[await _is_there(store, path) for path in paths]]

    assert asyncio.run(scenario()) == [True, False, False, True]


def test_releases_some_crops_and_keeps_the_marks_of_others(store: CropStore) -> None:
    async def scenario() -> tuple[list[str], str]:
        owner = token_owner("a1")
        kept = await store.save("faces", JPEG, owner)
        other = await store.save("faces", JPEG, owner)
        await store.release(owner, [other, ""])
        return await store.crops_of(owner), kept

    found, kept = asyncio.run(scenario())
    assert found == [kept]


def test_lists_who_owns_crops(store: CropStore) -> None:
    async def scenario() -> tuple[list[int], list[int], list[str]]:
        for owner in [*map(driver_owner, (7, 70, 999, 1000, 20_500)), token_owner("a1")]:
            await store.save("faces", JPEG, owner)
        await store.save("faces", JPEG)
        return await store.driver_blocks(), await store.drivers_in(0), await store.tokens()

    assert asyncio.run(scenario()) == ([0, 1, 20], [7, 70, 999], ["a1"])


def test_finds_plate_crops_before_a_moment_the_oldest_first(
    store: CropStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ["20260129_100000", "20260130_090000", "20260130_110000", "20260131_120000"]
    paths = [f"static/images/license_plates/{moment}_AAAAAA_lp.jpg" for moment in made]
    listed: list[str] = []
    names = ObjectStore.names

    async def noted(self: ObjectStore, folder: str) -> list[str]:
        listed.append(folder)
        return await names(self, folder)

    async def scenario() -> list[list[str]]:
        for path in paths:
            await store.write(path, JPEG)
        await store.write("static/images/faces/20260101_000000_AAAAAA_face.jpg", JPEG)
        monkeypatch.setattr(ObjectStore, "names", noted)
        before = datetime(2026, 1, 30, 10, 30, tzinfo=UTC)
        return [
            await store.plates_before(before, most=100),
            await store.plates_before(before, most=1),
            await store.plates_before(datetime(2027, 1, 1, tzinfo=UTC), most=100),
        ]

    assert asyncio.run(scenario()) == [paths[:2], paths[:1], paths]
    below = ["", "/20260129", "/20260129/10", "/20260130", "/20260130/09"]
    assert listed[:5] == [f"license_plates{folder}" for folder in below]


def test_finds_plate_crops_of_the_first_version(tmp_path: Path) -> None:
    (tmp_path / "license_plates").mkdir()
    (tmp_path / "license_plates/20260130_090000_AAAAAA_lp.jpg").touch()
    store = CropStore(StorageSettings(url=str(tmp_path)))
    found = asyncio.run(store.plates_before(datetime(2026, 2, 1, tzinfo=UTC), most=9))
    assert found == ["static/images/license_plates/20260130_090000_AAAAAA_lp.jpg"]


async def _is_there(store: CropStore, path: str) -> bool:
    try:
        return bool(await store.load(path))
    except NotFound:
        return False


def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = CropStore(StorageSettings(url=str(tmp_path / "file")))
    with pytest.raises(Unavailable):
        asyncio.run(store.save("faces", JPEG))
