"""Registrations that fail, are cut off or lose their answer, and what is left of them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from pipelines.enrolment import Enrolment
from pipelines.errors import DriverNotFound, GalleryUnavailable, Overloaded, Unavailable
from pipelines.gallery.records import EnrolledFace
from pipelines.types import Box, Face, FaceQuality, GallerySearch, Vector

pytestmark = pytest.mark.anyio


def face() -> Face:
    return Face(
        box=Box(0, 0, 50, 60),
        score=0.9,
        landmarks=np.zeros((5, 2), np.float32),
        quality=FaceQuality(50, 200, 128, 0, 0, 0),
        embedding=np.eye(1, 8, dtype=np.float32)[0],
        model_id="m",
        aligned=np.zeros((112, 112, 3), np.uint8),
        crop=np.zeros((60, 50, 3), np.uint8),
    )


FACES = [face() for _ in range(3)]


@dataclass
class LossyGallery:
    """Commits as the real one does; its answers may be lost before or after that.

    Attributes:
        commits: Whether a registration is committed before it fails.
        failure: What the caller of ``register`` gets instead of the answer.
        hangs: Whether ``register`` never answers.
        away: How many calls of ``withdraw`` fail.
    """

    commits: bool = True
    failure: Exception | None = None
    hangs: bool = False
    away: int = 0
    committed: dict[str, int] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        raise NotImplementedError

    async def register(
        self, driver_id: int | None, faces: tuple[EnrolledFace, ...], token: str
    ) -> int:
        assert len(faces) == 3
        self.asked.set()
        if self.commits:
            self.committed[token] = driver_id or 7
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        return self.committed[token]

    async def withdraw(self, token: str) -> int | None:
        if self.away:
            self.away -= 1
            raise GalleryUnavailable("away")
        if token not in self.committed:
            self.withdrawn.append(token)
        return self.committed.get(token)


@dataclass
class SlowCrops:
    """Writes end when ``open`` is set, as in a thread: also when the caller is gone."""

    saved: dict[str, bytes] = field(default_factory=dict)
    room: int = 100
    stuck: bool = False
    named: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def new_path(self, kind: Literal["license_plates", "faces"]) -> str:
        self.named += 1
        return f"static/images/{kind}/{self.named}_face.jpg"

    async def write(self, path: str, jpeg: bytes) -> None:
        self.begun.set()
        await self.open.wait()
        if len(self.saved) >= self.room:
            raise Unavailable("the crop store is full")
        self.saved[path] = jpeg

    async def save(self, kind: Literal["license_plates", "faces"], jpeg: bytes) -> str:
        raise NotImplementedError

    async def remove(self, path: str) -> None:
        if self.stuck:
            raise Unavailable("the crop store is away")
        self.saved.pop(path, None)


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
    monkeypatch.setattr("pipelines.enrolment._LONGEST_PAUSE_S", 0.001)
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
        f"crop static/images/faces/{n}_face.jpg of a failed registration could not be removed"
        for n in (1, 2, 3)
    ]
