"""Drivers who are erased, or whose model changes, while a face is looked at."""

from dataclasses import replace

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.drivers.recognition import DriverRecognition
from pipelines.errors import DriverNotFound, Unavailable
from pipelines.gallery.driver_records import DriverRecord
from pipelines.types import DriverMatch, GallerySearch, Vector
from tests.unit.recording_gallery import Directory, RecordingGallery, encode

pytestmark = pytest.mark.anyio

SETTINGS = GallerySettings(thresholds=((10, 0.40), (1000, 0.50)), margin=0.03)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Erasing(Directory):
    """Forgets a driver after the search that still found it."""

    def __init__(self, gallery: RecordingGallery, erasures: int) -> None:
        super().__init__()
        self._gallery = gallery
        self._left = erasures

    async def get(self, driver_id: int) -> DriverRecord:
        if self._left == 0:
            return await super().get(driver_id)
        self._left -= 1
        others = self._gallery.answer.matches[1:]
        self._gallery.answer = GallerySearch(others, len(others), 6)
        raise DriverNotFound("user not found")

    async def template(
        self,
        driver_id: int,  # noqa: ARG002  # the protocol's
        model_id: str | None = None,
    ) -> Vector | None:
        if model_id != "m":
            raise Unavailable("the face model is being changed")
        vector = np.zeros(8, np.float32)
        vector[1] = 1.0
        return vector


def searched(*driver_ids: int) -> GallerySearch:
    matches = tuple(
        DriverMatch(driver_id, 0.9 - 0.1 * place) for place, driver_id in enumerate(driver_ids)
    )
    return GallerySearch(matches, len(driver_ids), 5)


async def test_a_driver_erased_after_the_search_is_searched_for_again() -> None:
    gallery = RecordingGallery(searched(4, 5))
    gallery.directory = Erasing(gallery, 1)
    [found] = await DriverRecognition(encode, gallery, SETTINGS).identify(b"1")
    assert (found.driver.driver_id if found.driver else None, found.search.sequence) == (5, 6)


async def test_a_record_that_the_search_brought_is_not_asked_for() -> None:
    gallery = RecordingGallery()
    record = await gallery.directory.get(4)
    gallery.directory = Erasing(gallery, 100)
    gallery.answer = replace(searched(4, 5), nearest=record)
    [found] = await DriverRecognition(encode, gallery, SETTINGS).identify(b"1")
    assert found.driver is record


async def test_says_so_where_drivers_are_erased_faster_than_it_looks() -> None:
    gallery = RecordingGallery(searched(4, 5, 6, 7))
    gallery.directory = Erasing(gallery, 100)
    with pytest.raises(Unavailable, match=r"^drivers are being erased, try again shortly$"):
        await DriverRecognition(encode, gallery, SETTINGS).identify(b"1")


async def test_holds_no_face_of_another_model_against_a_driver() -> None:
    gallery = RecordingGallery(failure=Unavailable("the face model is being changed"))
    gallery.directory = Erasing(gallery, 0)
    recognition = DriverRecognition(encode, gallery, SETTINGS)
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        await recognition.verify(4, b"1")
    gallery.failure = None
    assert (await recognition.verify(4, b"1")).similarity == 1.0
    assert (await recognition.verify(4, b"2")).similarity == 0.0
