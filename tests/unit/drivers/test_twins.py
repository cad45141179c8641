"""What a search for twins says, and up to where it holds."""

from collections.abc import Mapping, Sequence

import pytest

from configs.settings import Settings
from pipelines.drivers.photos import Photo
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.drivers.twins import TwinSearch
from pipelines.errors import AlreadyEnrolled
from pipelines.gallery.judged import Judged
from pipelines.types import DriverMatch, GallerySearch, Vector
from tests.unit.recording_gallery import RecordingGallery, face

pytestmark = pytest.mark.anyio

SETTINGS = Settings.model_validate({"gallery": {"thresholds": [[1, 0.5], [100, 0.7]]}})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def found(sequence: int, size: int, *matches: tuple[int, float]) -> GallerySearch:
    return GallerySearch(tuple(DriverMatch(*match) for match in matches), size, sequence)


class Gallery(RecordingGallery):
    """Answers each face as it is told to, by the place of the one in its vector."""

    def __init__(self, answers: Mapping[int, GallerySearch]) -> None:
        super().__init__()
        self._answers = answers

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        self.searched.append((vector, model_id))
        return self._answers[int(vector.argmax())]


def photos(numbers: Sequence[int]) -> list[Photo]:
    return [Photo(f"{number}.jpg", face(number), None) for number in numbers]


async def test_a_new_driver_is_judged_up_to_the_change_of_the_search() -> None:
    gallery = RecordingGallery(found(41, 100, (3, 0.69)))
    judged = await TwinSearch(gallery, SETTINGS).refuse([face(1), face(2)], allowed=False)
    assert judged == Judged(0.7, 41)
    [(template, model_id)] = gallery.searched
    assert template.tolist() == pytest.approx([0, 0.5**0.5, 0.5**0.5, 0, 0, 0, 0, 0])
    assert model_id == "m"


async def test_a_new_driver_who_is_enrolled_is_refused() -> None:
    gallery = RecordingGallery(found(41, 100, (3, 0.7)))
    with pytest.raises(AlreadyEnrolled) as refused:
        await TwinSearch(gallery, SETTINGS).refuse([face(1)], allowed=False)
    assert str(refused.value) == (
        "the face is that of driver 3, with a similarity of 0.70, under 0.70 is needed: add it to "
        "driver 3"
    )
    assert refused.value.extra == {"driver_id": 3, "similarity": 0.7, "threshold": 0.7}


@pytest.mark.parametrize("refuse", [True, False])
async def test_nobody_is_searched_for_where_twins_are_taken(refuse: bool) -> None:
    gallery = RecordingGallery(found(41, 100, (3, 0.9)))
    settings = Settings.model_validate({"enrolment": {"refuse_twins": refuse}})
    search = TwinSearch(gallery, settings)
    assert await search.refuse([face(1)], allowed=refuse) == Judged()
    sent = photos([1])
    assert await search.judge(7, sent, allowed=refuse) == (sent, Judged())
    assert gallery.searched == []


async def test_each_photo_of_a_driver_is_judged_and_the_oldest_search_counts() -> None:
    answers = {
        1: found(44, 1, (7, 0.9), (8, 0.72), (9, 0.3)),
        2: found(41, 100, (9, 0.71), (7, 0.6)),
        3: found(43, 100, (9, 0.69), (7, 0.6)),
    }
    faulty = Photo("4.jpg", face(4), Rejection(RejectReason.TOO_DARK, "the face is dark"))
    sent = [*photos([1, 2, 3]), faulty, Photo("5.jpg", None, None)]
    judged_photos, judged = await TwinSearch(Gallery(answers), SETTINGS).judge(
        7, sent, allowed=False
    )
    assert [photo.rejection and photo.rejection.reason for photo in judged_photos] == [
        None,
        "already_enrolled",
        None,
        "too_dark",
        None,
    ]
    assert judged == Judged(0.7, 41, (8, 9))


async def test_without_a_photo_to_search_for_nothing_is_held_against_anybody() -> None:
    sent = [Photo("5.jpg", None, None)]
    assert await TwinSearch(Gallery({}), SETTINGS).judge(7, sent, allowed=False) == (
        sent,
        Judged(),
    )
