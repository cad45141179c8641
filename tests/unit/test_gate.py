"""The gate without HTTP: both sides at once, and what a failure of one does."""

import asyncio
from typing import Any, cast

import pytest

from configs.settings import GateSettings
from pipelines.drivers.recognition import DriverRecognition, Recognised
from pipelines.errors import Unavailable
from pipelines.gate import Gate
from pipelines.gate_reasons import GateDecision, ReasonCode
from pipelines.plate_matching.seen import SeenPlate
from pipelines.plates import PlatePipeline
from pipelines.types import Plate
from pipelines.vehicles.match import VehicleMatch


class Sides:
    """Plates and drivers of pictures that show nothing; each side waits for the other."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.met = asyncio.Barrier(2)
        self.asked: list[Any] = []

    async def read_picture(self, picture: bytes, region: str | None = None) -> tuple[Plate, ...]:
        self.asked.append((picture, region))
        await self.met.wait()
        if self.failure is not None:
            raise self.failure
        return ()

    async def identify(self, picture: bytes) -> tuple[Recognised, ...]:
        self.asked.append(picture)
        await self.met.wait()
        return ()

    async def match(self, seen: SeenPlate, least: float) -> VehicleMatch:
        raise AssertionError(f"nothing was read, but {seen} is matched from {least}")

    def gate(self) -> Gate:
        plates, recognition = cast(PlatePipeline, self), cast(DriverRecognition, self)
        return Gate(plates, recognition, self.match, GateSettings())


def test_reads_the_plate_and_knows_the_driver_at_once() -> None:
    async def scenario() -> None:
        sides = Sides()
        async with asyncio.timeout(10):
            check = await sides.gate().check(b"car", b"face", "VN")
        assert sorted(map(str, sides.asked)) == ["(b'car', 'VN')", "b'face'"]
        assert check.decision is GateDecision.ASK
        assert [one.code for one in check.reasons] == [ReasonCode.NO_PLATE, ReasonCode.NO_FACE]
        assert (check.match, check.vehicle, check.plates, check.faces) == (None, None, (), ())

    asyncio.run(scenario())


def test_a_side_that_fails_fails_the_check_once_the_other_has_ended() -> None:
    async def scenario() -> None:
        sides = Sides(Unavailable("no replica"))
        async with asyncio.timeout(10):
            with pytest.raises(Unavailable, match=r"^no replica$"):
                await sides.gate().check(b"car", b"face")

    asyncio.run(scenario())
