"""The gallery over handles to shards that are real galleries over one database."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray.exceptions import ActorDiedError

from configs.settings import GallerySettings
from deployments.remote import Tunable
from deployments.remote_gallery import RemoteGallery
from pipelines.errors import (
    AlreadyEnrolled,
    GalleryUnavailable,
    IdempotencyKeyReused,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.judged import Judged
from pipelines.types import DriverMatch, GallerySearch, Vector
from tests.unit.deployments.shards import DIMENSION, Shard, faces

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def person(number: int) -> Vector:
    drawn = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


@pytest.fixture
def settings(tmp_path: Path) -> GallerySettings:
    url = f"sqlite:///{tmp_path / 'g.db'}"
    return GallerySettings(database_url=url, snapshots=None, shards=3, top_k=4)


@pytest.fixture
def shards(settings: GallerySettings) -> Iterator[list[Shard]]:
    opened = [Shard(settings, shard) for shard in range(3)]
    yield opened
    for shard in opened:
        shard.gallery.close()


def remote(shards: list[Any]) -> RemoteGallery:
    return RemoteGallery(shards, Tunable(), top_k=4)


async def test_answers_as_one_index_of_all_drivers_would(
    shards: list[Shard], settings: GallerySettings
) -> None:
    gallery = remote(shards)
    for number in range(10):
        assert await gallery.register(None, faces(person(number)), f"t{number}") == number + 1
    whole = Gallery.open(settings.model_copy(update={"shards": 1}), "m", DIMENSION)
    for number in range(10):
        found = await gallery.search(person(number), "m")
        expected = whole.search(person(number)[None])[0]
        assert found.matches == expected.matches
        assert (found.gallery_size, found.sequence) == (10, 10)
    whole.close()
    assert [status.drivers for status in await gallery.status()] == [3, 4, 3]
    assert [status.sequence for status in await gallery.status()] == [10, 10, 10]
    assert [status.shard for status in await gallery.status()] == [0, 1, 2]


async def test_shards_take_turns_with_writes(shards: list[Shard]) -> None:
    gallery = remote(shards)
    for number in range(3):
        await gallery.register(None, faces(person(number)), f"t{number}")
        await gallery.withdraw(f"w{number}")
        await gallery.directory.counts()
    assert [sorted(shard.calls) for shard in shards] == [["counts", "register", "withdraw"]] * 3


async def test_details_and_fingerprint_reach_the_store(shards: list[Shard]) -> None:
    gallery = remote(shards)
    details = DriverDetails(name="Ada")
    driver_id = await gallery.register(None, faces(person(1)), "t", details, "one")
    assert (await gallery.directory.get(driver_id)).details == details
    assert await gallery.register(None, faces(person(1)), "t", details, "one") == driver_id
    with pytest.raises(
        IdempotencyKeyReused, match=r"^this idempotency key came with another request$"
    ):
        await gallery.register(None, faces(person(1)), "t", details, "other")


async def test_how_faces_were_judged_reaches_the_store(shards: list[Shard]) -> None:
    gallery = remote(shards)
    found = await gallery.search(person(1), "m")
    judged = Judged(0.5, found.sequence)

    async def register(token: str) -> int | AlreadyEnrolled:
        try:
            return await gallery.register(
                None, faces(person(1)), token, DriverDetails(), None, judged
            )
        except AlreadyEnrolled as error:
            return error

    outcomes = await asyncio.gather(*(register(f"t{number}") for number in range(6)))
    assert sorted(map(str, outcomes)) == [
        "1",
        *[
            "the face is that of driver 1, with a similarity of 1.00, under 0.50 is needed: add it "
            "to driver 1"
        ]
        * 5,
    ]


AWAY = GalleryUnavailable("the driver gallery is away")
GONE = Unavailable("DriverIndex-2.status has no replica that answers")


@pytest.mark.parametrize(("failure", "told"), [(AWAY, AWAY), (ActorDiedError(), GONE)])
async def test_a_shard_that_does_not_answer_fails_the_search(
    shards: list[Shard], failure: Exception, told: Unavailable
) -> None:
    gallery = remote(shards)
    await gallery.register(None, faces(person(1)), "t")
    shards[2].failure = failure
    with pytest.raises(Unavailable):
        await gallery.search(person(1), "m")
    with pytest.raises(type(told), match=rf"^shard 2 of 3: {told}$") as error:
        await gallery.status()
    assert error.value.extra == {"shard": 2, "shards": 3}
    shards[2].failure = None
    assert (await gallery.search(person(1), "m")).gallery_size == 1


class Script:
    """A handle whose searches give the answers of a list, the last one for ever."""

    deployment_name = "DriverIndex"

    def __init__(self, *stretches: tuple[int, int]) -> None:
        self._left = list(stretches)
        self.asked = 0

    def __getattr__(self, _method: str) -> "Script":
        return self

    async def remote(self, *_args: Any) -> GallerySearch:
        self.asked += 1
        since, sequence = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        return GallerySearch((DriverMatch(sequence, 0.5),), 1, sequence, since)


async def test_a_shard_that_was_asked_too_early_is_asked_again() -> None:
    early, late = Script((0, 4), (5, 6)), Script((5, 5))
    found = await remote([early, late]).search(person(1), "m")
    assert (early.asked, late.asked) == (2, 1)
    assert (found.sequence, found.unchanged_since) == (5, 5)
    assert [match.driver_id for match in found.matches] == [5, 6]


async def test_gives_up_on_a_gallery_that_never_stands_still() -> None:
    with pytest.raises(
        Unavailable, match=r"^the driver gallery is changing too fast, try again shortly$"
    ):
        await remote([Script((0, 4)), Script((5, 5))]).search(person(1), "m")


async def test_a_merge_over_two_shards_is_never_seen_by_halves(shards: list[Shard]) -> None:
    gallery = remote(shards)
    here = await gallery.register(None, faces(person(1)), "first")
    merging = True

    async def merge() -> None:
        nonlocal here, merging
        for number in range(15):
            there = await gallery.register(None, faces(person(1)), f"t{number}")
            await gallery.directory.merge(there, here)
            here = there
        merging = False

    async def search() -> int:
        searches = 0
        while merging:
            found = await gallery.search(person(1), "m")
            assert found.gallery_size in (1, 2)
            assert found.matches[0].similarity > 0.999
            searches += 1
        return searches

    counts = await asyncio.gather(merge(), search(), search())
    assert min(counts[1], counts[2]) > 0
    assert (await gallery.search(person(1), "m")).gallery_size == 1


async def test_whatever_was_acknowledged_is_found_by_searches_that_start_later(
    shards: list[Shard],
) -> None:
    gallery = remote(shards)

    async def client(first: int) -> None:
        for number in range(first, first + 6):
            driver_id = await gallery.register(None, faces(person(number)), f"t{number}")
            found = await gallery.search(person(number), "m")
            assert found.matches[0].driver_id == driver_id
            if number % 2:
                await gallery.directory.erase(driver_id)
                found = await gallery.search(person(number), "m")
                assert driver_id not in [match.driver_id for match in found.matches]

    await asyncio.gather(*(client(first) for first in (0, 10, 20)))
    assert (await gallery.search(person(0), "m")).gallery_size == 9
