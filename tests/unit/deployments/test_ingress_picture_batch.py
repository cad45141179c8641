"""Pictures by id: the batch's deadline, its failures, and room for single pictures."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from configs.settings import PictureSourceSettings, Settings
from deployments.ingress.picture_batch import PicturesById
from pipelines.errors import (
    GatehouseError,
    NoPlateFound,
    PictureNotFound,
    TooLarge,
    UnreadablePicture,
    UnsupportedPicture,
    UpstreamFailure,
)


class Pictures:
    """A source and a reader; a picture is its id, and some ids wait or fail."""

    def __init__(self, **failures: Exception) -> None:
        self.failures = failures
        self.released = asyncio.Event()
        self.fetching = 0
        self.most_fetching = 0
        self.reading = 0
        self.most_reading = 0

    async def fetch(self, pict_id: str) -> bytes:
        self.fetching += 1
        self.most_fetching = max(self.most_fetching, self.fetching)
        try:
            if pict_id.startswith("slow"):
                await self.released.wait()
            await asyncio.sleep(0)
        finally:
            self.fetching -= 1
        if isinstance(self.failures.get(pict_id), PictureNotFound | TooLarge):
            raise self.failures[pict_id]
        return pict_id.encode()

    async def read(self, picture: bytes) -> str:
        self.reading += 1
        self.most_reading = max(self.most_reading, self.reading)
        if picture.startswith(b"unread"):
            await self.released.wait()
        await asyncio.sleep(0)
        self.reading -= 1
        if picture.decode() in self.failures:
            raise self.failures[picture.decode()]
        return picture.decode().upper()


def by_id(pictures: Pictures, **settings: Any) -> PicturesById:
    return PicturesById(pictures.fetch, pictures.read, PictureSourceSettings(**settings))


def test_outcomes_come_in_the_order_asked() -> None:
    missing, no_plate = PictureNotFound("gone"), NoPlateFound("none")
    pictures = Pictures(b=missing, d=no_plate)
    outcomes = asyncio.run(by_id(pictures).plate_numbers(["a", "b", "c", "d", "a"]))
    assert outcomes == ["A", missing, "C", no_plate, "A"]


def test_an_unexpected_failure_is_the_one_pictures_alone(caplog: pytest.LogCaptureFixture) -> None:
    pictures = Pictures(b=RuntimeError("boom"))
    outcomes = asyncio.run(by_id(pictures).plate_numbers(["a", "b", "c"]))
    assert outcomes[::2] == ["A", "C"]
    assert type(outcomes[1]) is GatehouseError
    assert "boom" in caplog.text


def test_what_is_unfinished_at_the_deadline_fails_and_the_rest_is_kept() -> None:
    pictures = Pictures()
    source = by_id(pictures, batch_timeout_s=0.2, concurrency=4)
    outcomes = asyncio.run(source.plate_numbers(["a", "slow1", "b", "unread", "c"]))
    assert outcomes[0] == "A"
    assert outcomes[2] == "B"
    assert outcomes[4] == "C"
    assert [type(outcomes[place]) for place in (1, 3)] == [GatehouseError, GatehouseError]


def test_a_single_picture_is_read_while_batches_wait_for_the_source() -> None:
    pictures = Pictures()

    async def check() -> None:
        source = by_id(pictures, concurrency=4)
        batches = [
            asyncio.create_task(source.plate_numbers([f"slow{n}" for n in range(20)]))
            for _ in range(3)
        ]
        while pictures.fetching < 3:
            await asyncio.sleep(0)
        assert await source.plate_number("single") == "SINGLE"
        pictures.released.set()
        assert await batches[0] == [f"SLOW{n}" for n in range(20)]
        await asyncio.gather(*batches)
        assert pictures.most_fetching == 4  # three of the batches, and the single one

    asyncio.run(asyncio.wait_for(check(), 30))


def test_fetching_goes_on_while_pictures_are_read() -> None:
    pictures = Pictures()

    async def check() -> None:
        source = by_id(pictures, concurrency=2)
        batches = [
            asyncio.create_task(source.plate_numbers([f"unread{n}" for n in range(10)]))
            for _ in range(5)
        ]
        while pictures.reading < 4:
            await asyncio.sleep(0)
        assert pictures.fetching == 0
        pictures.released.set()
        await asyncio.gather(*batches)
        assert pictures.most_reading == 4  # pictures in memory are bounded

    asyncio.run(asyncio.wait_for(check(), 30))


def test_a_short_batch_is_not_kept_waiting_by_a_long_one() -> None:
    pictures = Pictures()
    finished: list[str] = []

    async def check() -> None:
        source = by_id(pictures, concurrency=4)

        async def batch(name: str, size: int) -> None:
            await source.plate_numbers([name] * size)
            finished.append(name)

        await asyncio.gather(batch("long", 200), batch("short", 4))

    asyncio.run(asyncio.wait_for(check(), 30))
    assert finished == ["short", "long"]


def test_a_batch_whose_caller_left_stops() -> None:
    pictures = Pictures()

    async def check() -> None:
        batch = asyncio.create_task(by_id(pictures).plate_numbers(["slow1", "slow2"]))
        while pictures.fetching < 2:
            await asyncio.sleep(0)
        batch.cancel()
        await asyncio.gather(batch, return_exceptions=True)
        await asyncio.sleep(0)
        assert pictures.fetching == 0

    asyncio.run(asyncio.wait_for(check(), 30))


@pytest.mark.parametrize(
    "error", [UnreadablePicture("x"), UnsupportedPicture("x"), TooLarge("x")], ids=type
)
def test_a_picture_that_cannot_be_used_is_the_sources_failure(error: GatehouseError) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture source sent no usable picture: x$"):
        asyncio.run(by_id(Pictures(a=error)).plate_number("a"))


def test_a_batch_must_end_before_its_request() -> None:
    with pytest.raises(ValidationError, match=r"must be below limits\.request_timeout_s"):
        Settings.model_validate({"pictures": {"batch_timeout_s": 100}})
