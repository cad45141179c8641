"""What becomes of items whose shared call fails, or stays without an answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

from ray.exceptions import RayActorError

from configs.settings import IngressTuning
from deployments.gathered import gathered
from deployments.remote import Tunable
from pipelines.errors import Unavailable
from tests.unit.deployments.gathering import Stage, answers, asked, gathering

LATE = Unavailable("PlateDetector.detect did not answer in 30 s")
LOST = Unavailable("PlateDetector.detect has no replica that answers")
LOST.__cause__ = RayActorError()


def test_a_call_that_fails_fails_all_that_it_carries_and_the_next_one_goes_on() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        stage.fails = LATE
        tasks = await asked(ask, *range(3))
        stage.may_answer.set()
        assert await answers(tasks) == [LATE] * 3
        assert stage.calls == [0, [1, 2]]
        stage.fails = None
        assert await ask(4) == 8

    asyncio.run(scenario())


def test_what_lost_its_replica_together_is_asked_once_more_one_by_one() -> None:
    class Killed(Stage):
        """Dies under the item 2, whatever comes with it."""

        async def _called(self, what: Any) -> None:
            await super()._called(what)
            if what == 2 or (isinstance(what, list) and 2 in what):
                raise LOST

    async def scenario() -> None:
        stage = Killed()
        tasks = await asked(gathering(stage), *range(4))
        stage.may_answer.set()
        assert await answers(tasks) == [0, 2, LOST, 6]
        assert stage.calls == [0, [1, 2, 3], 1, 2, 3]

    asyncio.run(scenario())


class SilentTogether(Stage):
    """Never answers a shared call, as a replica whose machine lost its power."""

    async def several(self, items: Sequence[Any]) -> list[int | BaseException]:
        self.calls.append(list(items))
        try:
            await asyncio.Event().wait()
        finally:
            self.calls.append("given up")
        return []


def test_what_is_silent_together_is_asked_once_more_one_by_one() -> None:
    async def scenario() -> None:
        stage = SilentTogether()
        tasks = await asked(gathering(stage, silent_after_s=0.05), *range(3))
        stage.may_answer.set()
        assert await answers(tasks) == [0, 2, 4]
        assert stage.calls == [0, [1, 2], "given up", 1, 2]

    asyncio.run(scenario())


def test_a_shared_call_waits_where_nothing_is_said_of_silence() -> None:
    async def scenario() -> None:
        stage = SilentTogether()
        tasks = await asked(gathering(stage), *range(3))
        stage.may_answer.set()
        assert await tasks[0] == 0
        done, _ = await asyncio.wait(tasks[1:], timeout=0.1)
        assert not done
        assert stage.calls == [0, [1, 2]]

    asyncio.run(scenario())


def test_a_timeout_inside_a_shared_call_is_not_silence() -> None:
    inside = TimeoutError("inside")

    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage, silent_after_s=5), *range(3))
        stage.fails = inside
        stage.may_answer.set()
        assert await answers(tasks) == [inside] * 3
        assert stage.calls == [0, [1, 2]]

    asyncio.run(scenario())


def test_a_machine_that_is_gone_delays_a_shared_call_and_fails_nobody() -> None:
    class Method:
        def __init__(self, name: str) -> None:
            self.name = name

        async def remote(self, what: Any) -> Any:
            called.append(self.name)
            if self.name == "detect_all":
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            return len(what)

    class Handle:
        deployment_name = "PlateDetector"
        detect = Method("detect")
        detect_all = Method("detect_all")

    called: list[str] = []
    handle: Any = Handle()

    async def scenario() -> None:
        tuning = Tunable()
        tuning.current = IngressTuning(calls_at_once=1, silent_after_s=0.05)
        detect = gathered(handle, "detect", len, tuning)
        assert await asyncio.gather(*map(detect, [b"1", b"22", b"333"])) == [1, 2, 3]

    asyncio.run(scenario())
    assert called == ["detect", "detect_all", "detect", "detect"]
