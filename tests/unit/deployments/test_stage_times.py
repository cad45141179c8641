"""How long the stages of one request took."""

import asyncio

import pytest

from deployments import stage_times
from deployments.stage_times import measured_as, measured_stages


class Clock:
    """Time that passes when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stage_times, "perf_counter", clock)
    return clock


def test_a_stage_counts_from_its_first_beginning_to_its_last_end(clock: Clock) -> None:
    async def search(seconds: float) -> None:
        with measured_as("search"):
            clock.now += seconds
            await asyncio.sleep(0)
            clock.now += seconds

    async def request() -> dict[str, float]:
        with measured_stages() as times:
            with measured_as("embed"):
                clock.now += 0.03
            await asyncio.gather(search(0.01), search(0.02))
            clock.now += 0.5
            return times.milliseconds()

    assert asyncio.run(request()) == {"embed": 30.0, "search": 60.0, "total": 590.0}


def test_requests_at_the_same_time_keep_their_times_apart(clock: Clock) -> None:
    async def request(stage: str) -> dict[str, float]:
        with measured_stages() as times:
            with measured_as(stage):
                await asyncio.sleep(0)
                clock.now += 0.001
            return times.milliseconds()

    async def both() -> tuple[dict[str, float], dict[str, float]]:
        return await asyncio.gather(request("detect"), request("embed"))

    first, second = asyncio.run(both())
    assert (set(first), set(second)) == ({"detect", "total"}, {"embed", "total"})


def test_a_stage_that_fails_is_noted_and_nobody_need_listen() -> None:
    with measured_stages() as times:
        with pytest.raises(ValueError, match="no"), measured_as("read"):
            raise ValueError("no")
        assert set(times.milliseconds()) == {"read", "total"}
    with measured_as("read"):
        pass
    assert set(times.milliseconds()) == {"read", "total"}
