"""Whether the stages answer."""

import asyncio

import pytest

from deployments.ingress.readiness import Probe, Readiness
from pipelines.errors import GalleryUnavailable, Unavailable


class Stage:
    """A stage that answers, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked = 0

    async def __call__(self) -> object:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return ()


async def never() -> object:
    return await asyncio.Event().wait()


def not_ready(**probes: Probe) -> dict[str, str]:
    with pytest.raises(Unavailable) as caught:
        asyncio.run(Readiness(probes, timeout_s=0.05, keep_s=0).check())
    found: dict[str, str] = caught.value.extra["not_ready"]
    assert str(caught.value) == f"not ready: {', '.join(found)}"
    return found


def test_ready_when_every_stage_answers() -> None:
    stages = [Stage(), Stage()]
    asyncio.run(Readiness({"A": stages[0], "B": stages[1]}, timeout_s=5, keep_s=0).check())
    assert [stage.asked for stage in stages] == [1, 1]


def test_each_stage_that_is_not_ready_is_named_with_a_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = not_ready(
        Fine=Stage(),
        Slow=never,
        Named=Stage(GalleryUnavailable("the store cannot be read")),
        Broken=Stage(RuntimeError("secret path")),
        Lost=Stage(TimeoutError()),
    )
    assert found == {
        "Slow": "no answer in 0.05 s",
        "Named": "the store cannot be read",
        "Broken": "it fails, see the log",
        "Lost": "no answer in 0.05 s",
    }
    assert "Broken fails" in caplog.text


def test_many_callers_ask_a_stage_once() -> None:
    stage = Stage()

    async def ask() -> None:
        readiness = Readiness({"A": stage}, timeout_s=5, keep_s=60)
        await asyncio.gather(*(readiness.check() for _ in range(20)))

    asyncio.run(ask())
    assert stage.asked == 1


def test_a_finding_holds_for_a_while_and_no_longer() -> None:
    stage = Stage(Unavailable("down"))

    async def ask() -> None:
        readiness = Readiness({"A": stage}, timeout_s=5, keep_s=0.05)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await readiness.check()
        assert stage.asked == 1
        stage.error = None
        await asyncio.sleep(0.06)
        await readiness.check()

    asyncio.run(ask())
    assert stage.asked == 2


def test_a_caller_who_leaves_does_not_block_the_next() -> None:
    stage = Stage()

    async def ask() -> None:
        readiness = Readiness({"A": stage}, timeout_s=5, keep_s=60)
        leaving = asyncio.create_task(readiness.check())
        while not stage.asked:
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await readiness.check()

    asyncio.run(ask())
    assert stage.asked == 2
