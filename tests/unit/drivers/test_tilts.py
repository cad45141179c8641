"""Faces that do not stand upright."""

from dataclasses import replace

import numpy as np
import pytest

from configs.settings import EnrolmentSettings, Settings
from pipelines.drivers.enrolment import DriverEnrolment
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.drivers.gallery import NO_DETAILS
from pipelines.drivers.photos import Photo
from pipelines.drivers.registration import Enrolment
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.drivers.tilts import TiltSearch, turned
from pipelines.errors import NotEnoughFaces
from pipelines.imaging import decode
from pipelines.types import Face, Picture
from tests.unit.recording_gallery import MemoryCrops, RecordingGallery, face

pytestmark = pytest.mark.anyio

CHECKS = EnrolmentSettings(sure_score=0.92, tilt_lead=0.02)
SIDE = 64


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def crop(quarter: int) -> Picture:
    """White on its upper edge, and then turned by so many right angles."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[: SIDE // 4] = 255
    return np.ascontiguousarray(np.rot90(picture, quarter))


class Encoder:
    """Is surest of a face whose upper edge is white."""

    def __init__(self, upright: float, otherwise: float | None) -> None:
        self._scores = upright, otherwise
        self.looks = 0

    async def __call__(self, picture: bytes) -> tuple[Face, ...]:
        self.looks += 1
        shown = decode(picture, max_pixels=SIDE * SIDE * 3).astype(np.float64)
        middle = shown.shape[0] // 2
        rest = shown[:, :8], shown[:, -8:], shown[-8:]
        upright = shown[:8, middle].mean() > 128 and all(part.mean() < 128 for part in rest)
        score = self._scores[0 if upright else 1]
        return () if score is None else (replace(face(1), score=score),)


def photo(quarter: int, score: float = 0.85) -> Photo:
    return Photo("1.jpg", replace(face(1), score=score, crop=crop(quarter)), None)


@pytest.mark.parametrize(("quarter", "degrees"), [(1, 90), (2, 180), (3, 90)])
async def test_a_face_that_is_surer_when_turned_is_refused(quarter: int, degrees: int) -> None:
    encode = Encoder(upright=0.93, otherwise=0.85)
    [judged] = await TiltSearch(encode, CHECKS).judge([photo(quarter)])
    assert judged.rejection == Rejection(
        RejectReason.TILTED,
        "the face is tilted or upside down, it is found more surely when the photo is turned by "
        f"{degrees} degrees: hold camera and head upright",
        0.93 - 0.85,
        0.02,
    )
    assert encode.looks == 6


@pytest.mark.parametrize(
    "encode",
    [
        Encoder(upright=0.86, otherwise=0.85),
        Encoder(upright=0.85, otherwise=None),
        Encoder(upright=0.85, otherwise=0.865),
    ],
)
async def test_a_doubtful_face_that_turning_does_not_help_is_taken(encode: Encoder) -> None:
    [judged] = await TiltSearch(encode, CHECKS).judge([photo(0)])
    assert judged.rejection is None


async def test_sure_faces_and_rejected_photos_are_not_looked_at_again() -> None:
    encode = Encoder(upright=0.93, otherwise=0.85)
    bad = replace(photo(2), rejection=Rejection(RejectReason.TOO_DARK, "the face is dark"))
    sent = [photo(2, score=0.92), bad, Photo("2.jpg", None, None)]
    assert await TiltSearch(encode, CHECKS).judge(sent) == sent
    unsure = photo(2, score=0.01)
    assert await TiltSearch(encode, EnrolmentSettings(sure_score=0)).judge([unsure]) == [unsure]
    assert encode.looks == 0


async def test_enrols_nobody_upside_down() -> None:
    look = Encoder(upright=0.93, otherwise=0.85)

    async def encode(picture: bytes) -> tuple[Face, ...]:
        if len(picture) > 1:
            return await look(picture)
        return (replace(face(int(picture)), score=0.85, crop=crop(2)),)

    gallery, crops = RecordingGallery(), MemoryCrops()
    settings = Settings.model_validate({"enrolment": {"min_detail": 0, "same_person": 0}})
    enrolment = DriverEnrolment(encode, gallery, Enrolment(gallery, crops), settings)
    with pytest.raises(NotEnoughFaces) as refused:
        await enrolment.create([NamedPicture(n, n.encode()) for n in "123"], NO_DETAILS)
    reasons = [photo["reason"] for photo in refused.value.extra["photos"]]
    assert reasons == ["tilted"] * 3
    assert gallery.registered == []


@pytest.mark.parametrize(
    ("degrees", "right", "down"),
    [(0, 1, 0), (45, 1, -1), (90, 0, -1), (135, -1, -1), (180, -1, 0), (225, -1, 1), (315, 1, 1)],
)
def test_turns_counterclockwise_and_cuts_nothing_off(degrees: int, right: int, down: int) -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[27:33, 60:66] = 255  # 23 px right of the middle
    found = turned(picture, degrees)
    rows, columns = np.nonzero(found[..., 0] > 128)
    assert len(rows) == pytest.approx(36, abs=8)
    length = 23 / np.hypot(right, down)
    middle = np.array(found.shape[:2]) / 2
    place = np.array([rows.mean(), columns.mean()]) + 0.5 - middle
    assert place == pytest.approx([down * length, right * length], abs=1.5)
