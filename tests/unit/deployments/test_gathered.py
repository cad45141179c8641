"""Items that wait for a stage share a call."""

import asyncio
import gc
import weakref
from typing import Any

import numpy as np
import pytest

from configs.settings import IngressTuning
from deployments.gathered import MOST_BYTES, bytes_of, gathered
from deployments.remote import Tunable
from pipelines.errors import UnreadablePicture
from tests.unit.deployments.gathering import Stage, answers, asked, gathering, request

UNREADABLE = UnreadablePicture("read image error")


def test_an_item_that_finds_a_call_free_goes_alone_and_at_once() -> None:
    async def scenario() -> None:
        stage = Stage()
        stage.may_answer.set()
        ask = gathering(stage)
        assert [await ask(item) for item in range(3)] == [0, 2, 4]
        assert stage.calls == [0, 1, 2]

    asyncio.run(scenario())


def test_items_that_wait_share_calls_in_the_order_they_came() -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage), *range(7))
        assert stage.calls == [0]
        stage.may_answer.set()
        assert await answers(tasks) == [2 * item for item in range(7)]
        assert stage.calls == [0, [1, 2, 3, 4], [5, 6]]

    asyncio.run(scenario())


def test_as_many_calls_are_under_way_as_may_be() -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage, calls=3), *range(5))
        assert stage.calls == [0, 1, 2]
        stage.may_answer.set()
        await answers(tasks)
        assert stage.calls[3:] == [[3, 4]]

    asyncio.run(scenario())


def test_an_error_stays_with_its_item() -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage), 0, 1, UNREADABLE, 3)
        stage.may_answer.set()
        assert await answers(tasks) == [0, 2, UNREADABLE, 6]

    asyncio.run(scenario())


def test_whoever_gives_up_waiting_is_forgotten_at_once() -> None:
    class Item:
        """What can be told to be held or not."""

    async def scenario() -> None:
        ask = gathering(Stage())
        await asked(ask, 0)
        waiting = asyncio.create_task(ask(item := Item()))
        await asyncio.sleep(0)
        kept = weakref.ref(item)
        del item
        waiting.cancel()
        await asyncio.wait([waiting])
        del waiting
        await asyncio.sleep(0)
        gc.collect()
        assert kept() is None

    asyncio.run(scenario())


def test_whoever_gives_up_waiting_is_not_asked_for() -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage), *range(4))
        tasks[2].cancel()
        await asyncio.sleep(0)
        stage.may_answer.set()
        assert [await tasks[place] for place in (0, 1, 3)] == [0, 2, 6]
        assert stage.calls == [0, [1, 3]]

    asyncio.run(scenario())


def test_whoever_gives_up_during_a_shared_call_does_not_end_it() -> None:
    async def scenario() -> None:
        stage = Stage()
        stage.may_answer.set()
        tasks = await asked(gathering(stage), 0, 1, 2)
        while len(stage.calls) < 2:
            stage.may_answer.clear()
            await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        stage.may_answer.set()
        assert await tasks[2] == 4

    asyncio.run(scenario())


def test_a_call_whose_caller_gave_up_makes_room_for_the_next() -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage), 0, 1)
        tasks[0].cancel()
        stage.may_answer.set()
        assert await tasks[1] == 2

    asyncio.run(scenario())


def test_a_shared_call_belongs_to_no_single_request() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        request.set("a request")
        tasks = await asked(ask, 0, 1, 2)
        stage.may_answer.set()
        await answers(tasks)
        assert stage.requests == ["a request", "none"]

    asyncio.run(scenario())


def test_a_call_with_one_item_that_waited_belongs_to_its_request() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        tasks = await asked(ask, 0)
        request.set("the second")
        tasks += await asked(ask, 1)
        request.set("another")
        stage.may_answer.set()
        await answers(tasks)
        assert stage.requests == ["none", "the second"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("size", "calls"),
    [(MOST_BYTES // 2, [0, [1, 2], [3, 4]]), (MOST_BYTES + 1, [0, 1, 2, 3, 4])],
    ids=["half", "more than all"],
)
def test_a_call_carries_no_more_bytes_than_a_message_may(size: int, calls: list[Any]) -> None:
    async def scenario() -> None:
        stage = Stage()
        tasks = await asked(gathering(stage, size=size), *range(5))
        stage.may_answer.set()
        await answers(tasks)
        assert stage.calls == calls

    asyncio.run(scenario())


def test_crops_count_by_their_pixels() -> None:
    assert bytes_of([np.zeros((4, 5, 3), np.uint8), np.zeros((1, 2, 3), np.uint8)]) == 66


def test_a_method_of_a_deployment_is_asked_with_its_counterpart_for_several() -> None:
    class Method:
        def __init__(self, name: str) -> None:
            self.name = name

        async def remote(self, what: Any) -> Any:
            called.append((self.name, what))
            await asyncio.sleep(0)
            return len(what) if self.name == "detect" else [len(one) for one in what]

    class Handle:
        deployment_name = "PlateDetector"
        detect = Method("detect")
        detect_all = Method("detect_all")

    called: list[tuple[str, Any]] = []
    handle: Any = Handle()

    async def scenario() -> None:
        tuning = Tunable()
        tuning.current = IngressTuning(calls_at_once=1)
        detect = gathered(handle, "detect", len, tuning)
        found = await asyncio.gather(*map(detect, [b"1", b"22", b"333"]))
        assert found == [1, 2, 3]

    asyncio.run(scenario())
    assert called == [("detect", b"1"), ("detect_all", [b"22", b"333"])]
