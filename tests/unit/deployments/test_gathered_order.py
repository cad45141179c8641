"""Whose items go first where several requests wait for a stage."""

import asyncio
from contextlib import suppress

import pytest

from deployments.arrival import note_arrival
from deployments.route_load import LEAST, RouteLoad
from tests.unit.deployments.gathering import Stage, answers, gathering


def test_a_request_that_comes_from_another_stage_goes_before_younger_ones() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage, items=1)
        may_go_on = asyncio.Event()

        async def older() -> int:
            note_arrival(RouteLoad())
            await may_go_on.wait()  # another stage before this one
            return await ask(1)

        async def newer(item: int) -> int:
            note_arrival(RouteLoad())
            return await ask(item)

        tasks = [asyncio.create_task(older())]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(newer(item)) for item in (2, 3, 4)]
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.sleep(0)
        stage.may_answer.set()
        assert await answers(tasks) == [2, 4, 6, 8]
        assert stage.calls == [2, 1, 3, 4]

    asyncio.run(scenario())


def test_a_picture_that_is_looked_at_twice_goes_before_younger_ones() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage, items=1)

        async def doubtful() -> int:
            note_arrival(RouteLoad())
            await ask(1)
            return await ask(2)

        async def newer(item: int) -> int:
            note_arrival(RouteLoad())
            return await ask(item)

        tasks = [asyncio.create_task(doubtful())]
        tasks += [asyncio.create_task(newer(item)) for item in (3, 4, 5)]
        await asyncio.sleep(0)
        stage.may_answer.set()
        assert await answers(tasks) == [4, 6, 8, 10]
        assert stage.calls == [1, 3, 2, 4, 5]

    asyncio.run(scenario())


def test_a_batch_does_not_keep_single_pictures_waiting() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage, items=1)
        may_go_on = asyncio.Event()

        async def batch() -> list[int]:
            note_arrival(RouteLoad())
            first = [asyncio.create_task(ask(item)) for item in (1, 2, 3)]
            await may_go_on.wait()
            later = [asyncio.create_task(ask(item)) for item in (4, 5)]
            return list(await asyncio.gather(*first, *later))

        async def single() -> int:
            note_arrival(RouteLoad())
            return await ask(9)

        batched = asyncio.create_task(batch())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        alone = asyncio.create_task(single())
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        stage.may_answer.set()
        assert await batched == [2, 4, 6, 8, 10]
        assert await alone == 18
        assert stage.calls == [1, 9, 2, 3, 4, 5]

    asyncio.run(scenario())


def test_requests_count_while_any_of_their_items_is_at_a_stage() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        now = 100.0
        load = RouteLoad(lambda: now)

        async def request(items: int) -> None:
            with note_arrival(load).until_answered():
                await asyncio.gather(*map(ask, range(items)))

        tasks = [asyncio.create_task(request(2)) for _ in range(LEAST - 1)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        now += 5
        assert load.stay_s == 0
        tasks.append(asyncio.create_task(request(2)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        now += 5
        assert load.stay_s == 5
        tasks[0].cancel()
        await asyncio.wait(tasks[:1])
        assert load.stay_s == 0
        stage.may_answer.set()
        await asyncio.gather(*tasks[1:])

    asyncio.run(scenario())


def test_the_end_of_a_request_that_was_at_no_stage_says_nothing_of_their_pace() -> None:
    async def scenario() -> None:
        now = 100.0
        load = RouteLoad(lambda: now)
        for _ in range(LEAST):
            load.enter()
        now += 5
        with note_arrival(load).until_answered():
            pass
        assert load.stay_s == 5

    asyncio.run(scenario())


@pytest.mark.parametrize(("ends", "stay_s"), [(RuntimeError, 0.5), (asyncio.CancelledError, 4)])
def test_requests_that_fail_tell_the_pace_and_those_given_up_do_not(
    ends: type[BaseException], stay_s: float
) -> None:
    async def scenario() -> None:
        stage = Stage()
        stage.may_answer.set()
        ask = gathering(stage)
        now = 100.0
        load = RouteLoad(lambda: now)
        for _ in range(LEAST):
            load.enter()
        for _ in range(64):
            now += 1 / 16
            with suppress(ends), note_arrival(load).until_answered():
                await ask(1)
                raise ends
        assert load.stay_s == pytest.approx(stay_s)

    asyncio.run(scenario())
