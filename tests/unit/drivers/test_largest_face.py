"""Identification and registration by the routes of the face and plate API."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.drivers.face_encoding import FaceEncoding, NamedPicture
from pipelines.drivers.largest_face import Drivers, not_enough_faces_message
from pipelines.drivers.registration import Enrolment
from pipelines.errors import (
    DriverNotFound,
    GalleryUnavailable,
    GatehouseError,
    InvalidRequest,
    NoFaceFound,
    NotEnoughFaces,
    UnreadablePicture,
)
from pipelines.gallery.driver_records import DriverDetails
from pipelines.types import DriverMatch, Face, GallerySearch
from tests.unit.recording_gallery import Directory, MemoryCrops, RecordingGallery, encode

pytestmark = pytest.mark.anyio

SETTINGS = GallerySettings(thresholds=((10, 0.40), (1000, 0.50)), margin=0.03)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gallery() -> RecordingGallery:
    return RecordingGallery()


@pytest.fixture
def crops() -> MemoryCrops:
    return MemoryCrops()


@pytest.fixture
def drivers(gallery: RecordingGallery, crops: MemoryCrops) -> Drivers:
    return build(encode, gallery, crops)


def build(encoding: FaceEncoding, gallery: RecordingGallery, crops: MemoryCrops) -> Drivers:
    return Drivers(encoding, gallery, Enrolment(gallery, crops), crops, SETTINGS)


def pictures(*contents: str) -> list[NamedPicture]:
    return [NamedPicture(f"{n}.jpg", data.encode()) for n, data in enumerate(contents, 1)]


def searched(*similarities: float, size: int = 10) -> GallerySearch:
    matches = tuple(DriverMatch(n, similarity) for n, similarity in enumerate(similarities, 1))
    return GallerySearch(matches, size, 5)


async def test_identifies_the_largest_face(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    gallery.answer = searched(0.8, 0.2)
    found = await drivers.identify(b"31")
    assert found.driver_id == 1
    assert (found.similarity, found.second_similarity, found.threshold) == (0.8, 0.2, 0.40)
    assert found.search is gallery.answer
    [(vector, model_id)] = gallery.searched
    assert (int(vector.argmax()), model_id) == (3, "m")
    assert found.crop_path == "static/images/faces/0_face.jpg"
    assert np.array_equal(crops.saved[found.crop_path], found.face.crop)
    assert found.face.crop[0, 0, 0] == 3


@pytest.mark.parametrize(
    ("answer", "driver_id"),
    [
        (searched(0.40), 1),
        (searched(0.39), None),
        (searched(0.45, size=100), 1),
        (searched(0.44, size=100), None),
        (searched(0.49, size=5000), None),
        (searched(0.90, 0.86), 1),
        (searched(0.90, 0.88), None),
        (searched(0.50, 0.50), None),
        (searched(size=0), None),
    ],
)
async def test_decides_by_threshold_and_by_the_lead_over_the_second(
    drivers: Drivers, gallery: RecordingGallery, answer: GallerySearch, driver_id: int | None
) -> None:
    gallery.answer = answer
    assert (await drivers.identify(b"1")).driver_id == driver_id


async def test_keeps_no_picture_of_an_unknown_face(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    gallery.answer = searched(0.1)
    found = await drivers.identify(b"1")
    assert found.crop_path is None
    assert (found.similarity, found.second_similarity) == (0.1, None)
    assert crops.saved == {}


async def test_the_crop_of_a_recognised_driver_is_that_drivers(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    gallery.answer = searched(0.8)
    found = await drivers.identify(b"1")
    assert crops.owners == {found.crop_path: "driver-1"}


async def test_a_driver_erased_during_the_recognition_is_unknown_and_leaves_no_crop(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    gallery.answer, gallery.directory = searched(0.8), Directory(erased=True)
    found = await drivers.identify(b"1")
    assert (found.driver_id, found.crop_path, crops.saved) == (None, None, {})


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_driver_counts_between_its_dates_only(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops, days: int
) -> None:
    gallery.answer = searched(0.8)
    until = datetime.now(UTC) + timedelta(days=days)
    gallery.directory = Directory(DriverDetails(valid_until=until))
    found = await drivers.identify(b"1")
    assert found.driver_id == (1 if days > 0 else None)
    assert len(crops.saved) == (1 if days > 0 else 0)


async def test_an_empty_gallery_knows_nobody(drivers: Drivers) -> None:
    found = await drivers.identify(b"1")
    assert (found.driver_id, found.similarity, found.second_similarity) == (None, None, None)


async def test_says_that_a_picture_shows_no_face(drivers: Drivers) -> None:
    with pytest.raises(NoFaceFound, match=r"^can not detect face from image$"):
        await drivers.identify(b"")


async def test_passes_on_that_the_gallery_cannot_be_reached(
    drivers: Drivers, gallery: RecordingGallery
) -> None:
    gallery.failure = GalleryUnavailable("away")
    with pytest.raises(GalleryUnavailable):
        await drivers.identify(b"1")


async def test_registers_the_largest_face_of_each_picture_in_one_call(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    assert await drivers.register(pictures("12", "3", "4")) == 7
    [(driver_id, enrolled)] = gallery.registered
    assert driver_id is None
    assert [one.embedding.argmax() for one in enrolled] == [1, 3, 4]
    assert [crops.saved[one.crop_key][0, 0, 0] for one in enrolled] == [1, 3, 4]


async def test_a_new_driver_needs_three_pictures(drivers: Drivers, crops: MemoryCrops) -> None:
    with pytest.raises(InvalidRequest, match=r"^register new face with at least 3 images$"):
        await drivers.register(pictures("1", "2"))
    assert crops.saved == {}


async def test_names_the_pictures_without_a_face(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    with pytest.raises(NotEnoughFaces) as raised:
        await drivers.register(pictures("1", "", "2", ""))
    assert str(raised.value) == (
        "registering new user requires at least 3 images containing user's face. Only 2 images "
        "contain the user's face, please re-register image 2.jpg, 4.jpg with another image."
    )
    assert raised.value.extra == {"found": 2, "without_face": ["2.jpg", "4.jpg"]}
    assert (gallery.registered, crops.saved) == ([], {})


def test_words_the_missing_faces_for_another_minimum() -> None:
    assert not_enough_faces_message(0, ["a.png"], 5) == (
        "registering new user requires at least 5 images containing user's face. Only 0 images "
        "contain the user's face, please re-register image a.png with another image."
    )


async def test_accepts_pictures_without_a_face_beside_three_with_one(
    drivers: Drivers, gallery: RecordingGallery
) -> None:
    await drivers.register(pictures("1", "", "2", "3"))
    assert len(gallery.registered[0][1]) == 3


async def test_adds_one_face_to_a_known_driver(drivers: Drivers, gallery: RecordingGallery) -> None:
    assert await drivers.register(pictures("", "1"), driver_id=4) == 4
    [(driver_id, enrolled)] = gallery.registered
    assert (driver_id, len(enrolled)) == (4, 1)


@pytest.mark.parametrize("contents", [(), ("",), ("", "")])
async def test_a_known_driver_needs_one_face(drivers: Drivers, contents: tuple[str, ...]) -> None:
    with pytest.raises(NoFaceFound, match=r"^can not detect face from image$"):
        await drivers.register(pictures(*contents), driver_id=4)


async def test_one_unreadable_picture_refuses_the_registration(
    drivers: Drivers, gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        await drivers.register(pictures("1", "2", "?", "3"))
    assert (gallery.registered, crops.saved) == ([], {})


@pytest.mark.parametrize("failure", [DriverNotFound("user not found"), GalleryUnavailable("away")])
async def test_removes_the_crops_when_the_gallery_refuses(
    gallery: RecordingGallery, crops: MemoryCrops, failure: GatehouseError
) -> None:
    gallery.failure = failure
    enrolment = Enrolment(gallery, crops)
    drivers = Drivers(encode, gallery, enrolment, crops, SETTINGS)
    with pytest.raises(type(failure)):
        await drivers.register(pictures("1", "2", "3"), driver_id=9)
    await enrolment.settled()
    assert (crops.named, crops.saved) == (3, {})


async def test_encodes_the_pictures_of_one_request_at_the_same_time(
    gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    together = asyncio.Barrier(3)

    async def waiting(picture: bytes) -> tuple[Face, ...]:
        async with asyncio.timeout(5):
            await together.wait()
        return await encode(picture)

    await build(waiting, gallery, crops).register(pictures("1", "2", "3"))
    assert len(gallery.registered) == 1


async def test_one_request_takes_four_places_of_the_encoder_at_most(
    gallery: RecordingGallery, crops: MemoryCrops
) -> None:
    under_way: list[int] = [0]
    most: list[int] = []
    together = asyncio.Barrier(4)

    async def waiting(picture: bytes) -> tuple[Face, ...]:
        under_way[0] += 1
        most.append(under_way[0])
        async with asyncio.timeout(5):
            await together.wait()
        under_way[0] -= 1
        return await encode(picture)

    await build(waiting, gallery, crops).register(pictures(*"12345671"))
    assert max(most) == 4
    assert [one.embedding.argmax() for one in gallery.registered[0][1]] == [1, 2, 3, 4, 5, 6, 7, 1]
