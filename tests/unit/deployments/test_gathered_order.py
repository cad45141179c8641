"""Whose items go first where several requests wait for a stage."""

import asyncio

from deployments.arrival import Lines, note_arrival
from tests.unit.deployments.gathering import Stage, answers, gathering


def test_a_request_that_comes_from_another_stage_goes_before_younger_ones() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage, items=1)
        may_go_on = asyncio.Event()

        async def older() -> int:
            note_arrival(set())
            await may_go_on.wait()  # another stage before this one
            return await ask(1)

        async def newer(item: int) -> int:
            note_arrival(set())
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


def test_a_batch_does_not_keep_single_pictures_waiting() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage, items=1)
        may_go_on = asyncio.Event()

        async def batch() -> list[int]:
            note_arrival(set())
            first = [asyncio.create_task(ask(item)) for item in (1, 2, 3)]
            await may_go_on.wait()
            later = [asyncio.create_task(ask(item)) for item in (4, 5)]
            return list(await asyncio.gather(*first, *later))

        async def single() -> int:
            note_arrival(set())
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
        assert stage.calls == [1, 2, 3, 9, 4, 5]

    asyncio.run(scenario())


def test_a_route_learns_which_lines_its_requests_wait_in() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        quick: Lines = set()
        slow: Lines = set()

        async def request(route: Lines, item: int) -> int:
            note_arrival(route)
            return await ask(item)

        tasks = [asyncio.create_task(request(quick, 1))]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(request(slow, item)) for item in (2, 3)]
        await asyncio.sleep(0)
        assert not quick
        assert len(slow) == 1
        stage.may_answer.set()
        assert await answers(tasks) == [2, 4, 6]

    asyncio.run(scenario())


def test_who_gives_up_waiting_stands_in_the_line_no_longer() -> None:
    async def scenario() -> None:
        stage = Stage()
        ask = gathering(stage)
        route: Lines = set()

        async def request(item: int) -> int:
            note_arrival(route)
            return await ask(item)

        tasks = [asyncio.create_task(request(item)) for item in range(20)]
        await asyncio.sleep(0)
        (line,) = route
        assert line.wait_s > 0
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks[1:])
        assert line.wait_s == 0
        stage.may_answer.set()
        assert await tasks[0] == 0

    asyncio.run(scenario())
