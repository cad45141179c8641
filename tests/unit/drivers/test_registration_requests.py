"""Requests that come twice, and what becomes of their crops."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.drivers.gallery import NO_DETAILS
from pipelines.drivers.registration import Enrolment, RequestKey
from pipelines.errors import (
    ExternalIdTaken,
    GalleryUnavailable,
    IdempotencyKeyReused,
)
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.records import EnrolledFace
from tests.unit.lossy_gallery import FACES, LossyGallery, SlowCrops

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gallery() -> LossyGallery:
    return LossyGallery()


@pytest.fixture
def crops() -> Iterator[SlowCrops]:
    made = SlowCrops()
    made.open.set()
    yield made


@pytest.fixture
def enrolment(gallery: LossyGallery, crops: SlowCrops) -> Enrolment:
    return Enrolment(gallery, crops, first_pause_s=0.001)


REQUEST = RequestKey("key-1", "f" * 64)


async def test_the_token_owns_the_crops_until_the_rows_are_there(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    gallery.hangs = True
    request = asyncio.create_task(enrolment.enrol(None, FACES, NO_DETAILS, REQUEST))
    await gallery.asked.wait()
    assert set(crops.owners.values()) == {f"token-{REQUEST.token(0)}"}
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await enrolment.settled()
    assert (len(crops.saved), crops.owners) == (3, {})


async def test_the_same_request_again_enrols_nothing_and_leaves_no_crop(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    assert await enrolment.enrolled_by(REQUEST, FACES[0]) is None
    assert await enrolment.enrol(None, FACES, NO_DETAILS, REQUEST) == 7
    assert await enrolment.enrolled_by(REQUEST, FACES[0]) == 7
    assert await enrolment.enrol(None, FACES, NO_DETAILS, REQUEST) == 7
    await enrolment.settled()
    assert len(gallery.committed) == 1
    assert (sorted(crops.saved), crops.owners) == (gallery.rows[7], {})


async def test_a_request_whose_answer_was_lost_can_be_sent_again(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    gallery.failure, gallery.commits = GalleryUnavailable("lost"), False
    with pytest.raises(GalleryUnavailable):
        await enrolment.enrol(None, FACES, NO_DETAILS, REQUEST)
    await enrolment.settled()
    assert gallery.withdrawn == [REQUEST.token(0)]
    gallery.failure, gallery.commits = None, True
    assert await enrolment.enrolled_by(REQUEST, FACES[0]) is None
    assert await enrolment.enrol(None, FACES, NO_DETAILS, REQUEST) == 7
    assert await enrolment.enrolled_by(REQUEST, FACES[0]) == 7
    await enrolment.settled()
    assert list(gallery.committed) == [REQUEST.token(1)]
    assert (sorted(crops.saved), crops.owners) == (gallery.rows[7], {})


async def test_a_key_of_another_request_is_refused(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    await enrolment.enrol(None, FACES, NO_DETAILS, REQUEST)
    other = RequestKey(REQUEST.key, "0" * 64)
    message = r"^this idempotency key came with another request$"
    with pytest.raises(IdempotencyKeyReused, match=message):
        await enrolment.enrolled_by(other, FACES[0])
    with pytest.raises(IdempotencyKeyReused, match=message):
        await enrolment.enrol(None, FACES, NO_DETAILS, other)
    await enrolment.settled()
    assert (sorted(crops.saved), gallery.withdrawn) == (gallery.rows[7], [])


async def test_details_that_the_gallery_refuses_leave_no_crop_and_no_withdrawal(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    gallery.failure, gallery.commits = ExternalIdTaken("taken"), False
    with pytest.raises(ExternalIdTaken, match=r"^taken$"):
        await enrolment.enrol(None, FACES, DriverDetails(external_id="a"))
    assert (crops.saved, gallery.withdrawn) == ({}, [])


async def test_without_pictures_nothing_is_written_and_no_aligned_face_is_kept(
    gallery: LossyGallery, crops: SlowCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crops, "new_path", lambda _kind: "")
    enrolled: list[EnrolledFace] = []
    register = gallery.register

    async def keeping(driver_id: int | None, faces: tuple[EnrolledFace, ...], *rest: Any) -> int:
        enrolled.extend(faces)
        return await register(driver_id, faces, *rest)

    monkeypatch.setattr(gallery, "register", keeping)
    assert await Enrolment(gallery, crops).enrol(None, FACES) == 7
    assert crops.saved == {}
    assert [(one.crop_key, one.aligned_png) for one in enrolled] == [("", None)] * 3
