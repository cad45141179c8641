"""The times of stages, and the calls that are under way."""

import asyncio

import pytest

from deployments.metrics import INGRESS
from deployments.timed import TimedStage
from pipelines.errors import Overloaded
from tests.unit.deployments.counting import Growth


def under_way(stage: str) -> float | None:
    return INGRESS.get_sample_value("gatehouse_stage_calls", {"stage": stage})


def test_a_call_is_under_way_until_it_is_answered() -> None:
    async def scenario() -> str:
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def answer(_picture: bytes) -> str:
            return await answered

        call = asyncio.create_task(TimedStage("waiting", answer)(b"picture"))
        await asyncio.sleep(0)
        assert under_way("waiting") == 1
        answered.set_result("plates")
        return str(await call)

    grown = Growth()
    assert asyncio.run(scenario()) == "plates"
    assert under_way("waiting") == 0
    assert grown.of("gatehouse_stage_seconds_count", stage="waiting") == 1


def test_a_call_that_fails_is_measured_too() -> None:
    async def refuse() -> None:
        raise Overloaded("the service is busy, try again shortly")

    grown = Growth()
    with pytest.raises(Overloaded):
        asyncio.run(TimedStage("refusing", refuse)())
    assert under_way("refusing") == 0
    assert grown.of("gatehouse_stage_seconds_count", stage="refusing") == 1
