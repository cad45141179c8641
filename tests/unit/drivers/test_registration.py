"""Registrations that fail, are cut off or lose their answer, and what is left of them."""

import asyncio
from collections.abc import Iterator

import pytest

from pipelines.drivers.registration import Enrolment
from pipelines.errors import (
    DriverNotFound,
    GalleryUnavailable,
    Overloaded,
    Unavailable,
)
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


async def test_every_registration_has_a_token_of_its_own(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    assert await enrolment.enrol(None, FACES) == 7
    assert await enrolment.enrol(4, FACES) == 4
    assert list(gallery.committed.values()) == [7, 4]
    assert [len(token) for token in gallery.committed] == [32, 32]
    assert len(crops.saved) == 6


async def test_removes_what_was_saved_when_a_crop_cannot_be_saved(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    crops.room = 2
    with pytest.raises(Unavailable, match=r"^the crop store is full$"):
        await enrolment.enrol(None, FACES)
    assert (gallery.committed, crops.saved) == ({}, {})


async def test_an_unknown_driver_leaves_no_crop_and_no_withdrawal(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    gallery.failure, gallery.commits = DriverNotFound("user not found"), False
    with pytest.raises(DriverNotFound, match=r"^user not found$"):
        await enrolment.enrol(9, FACES)
    assert (crops.named, crops.saved, gallery.withdrawn) == (3, {}, [])


@pytest.mark.parametrize("failure", [GalleryUnavailable("lost"), Overloaded("busy")])
async def test_keeps_the_crops_of_a_registration_that_was_committed_before_its_answer_was_lost(
    enrolment: Enrolment,
    gallery: LossyGallery,
    crops: SlowCrops,
    failure: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gallery.failure = failure
    with pytest.raises(type(failure)):
        await enrolment.enrol(None, FACES)
    await enrolment.settled()
    assert len(crops.saved) == 3
    assert caplog.messages == ["driver 7 was enrolled, but the caller was not told"]


async def test_removes_the_crops_once_the_gallery_says_that_nothing_was_committed(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    gallery.failure, gallery.commits, gallery.away = GalleryUnavailable("lost"), False, 3
    with pytest.raises(GalleryUnavailable, match=r"^lost$"):
        await enrolment.enrol(None, FACES)
    assert len(crops.saved) == 3
    await enrolment.settled()
    assert (crops.saved, len(gallery.withdrawn)) == ({}, 1)


async def test_keeps_the_crops_while_the_gallery_cannot_be_asked(
    enrolment: Enrolment,
    gallery: LossyGallery,
    crops: SlowCrops,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.drivers.registration._LONGEST_PAUSE_S", 0.001)
    gallery.failure, gallery.commits, gallery.away = GalleryUnavailable("lost"), False, 1000
    with pytest.raises(GalleryUnavailable, match=r"^lost$"):
        await enrolment.enrol(None, FACES)
    await enrolment.settled()
    assert len(crops.saved) == 3
    assert caplog.messages == [
        "whether a registration was committed is not known; its crops are kept: "
        + ", ".join(f"static/images/faces/{n}_face.jpg" for n in (1, 2, 3))
    ]


@pytest.mark.parametrize("commits", [True, False])
async def test_a_caller_who_leaves_while_the_gallery_works_loses_no_crop_of_an_enrolled_driver(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops, commits: bool
) -> None:
    gallery.hangs, gallery.commits = True, commits
    request = asyncio.create_task(enrolment.enrol(None, FACES))
    await gallery.asked.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await enrolment.settled()
    assert len(crops.saved) == (3 if commits else 0)
    assert len(gallery.withdrawn) == (0 if commits else 1)


async def test_a_caller_who_leaves_while_crops_are_written_leaves_none(
    enrolment: Enrolment, gallery: LossyGallery, crops: SlowCrops
) -> None:
    crops.open.clear()
    request = asyncio.create_task(enrolment.enrol(None, FACES))
    await crops.begun.wait()
    request.cancel()
    await asyncio.sleep(0.01)
    request.cancel()  # impatient: the removal goes on all the same
    with pytest.raises(asyncio.CancelledError):
        await request
    crops.open.set()
    await enrolment.settled()
    assert (gallery.committed, crops.saved) == ({}, {})


async def test_tells_the_first_failure_when_the_crops_cannot_be_removed_either(
    enrolment: Enrolment,
    gallery: LossyGallery,
    crops: SlowCrops,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gallery.failure = DriverNotFound("user not found")
    crops.stuck = True
    with pytest.raises(DriverNotFound, match=r"^user not found$"):
        await enrolment.enrol(9, FACES)
    assert caplog.messages == [
        "crops of a failed registration are left to the next sweep: "
        + ", ".join(f"static/images/faces/{n}_face.jpg" for n in (1, 2, 3))
    ]
