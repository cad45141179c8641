"""One thread with a bounded queue."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from deployments.worker import Worker
from pipelines.errors import Overloaded


def test_calls_run_one_after_another_in_one_thread() -> None:
    async def scenario() -> list[tuple[int, str]]:
        worker = Worker("writes", most_waiting=9)

        def call(number: int) -> tuple[int, str]:
            return number, threading.current_thread().name

        return await asyncio.gather(*(worker.run(call, number) for number in range(10)))

    assert asyncio.run(scenario()) == [(number, "writes_0") for number in range(10)]


def test_a_call_knows_the_request_that_it_belongs_to() -> None:
    request: ContextVar[str] = ContextVar("request")

    async def scenario() -> list[str]:
        worker = Worker("writes", most_waiting=9)

        async def ask(name: str) -> str:
            request.set(name)
            return await worker.run(request.get)

        return await asyncio.gather(*map(ask, "abc"))

    assert asyncio.run(scenario()) == ["a", "b", "c"]


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(Worker("writes", 1).run(int, "x"))


def test_refuses_more_calls_than_may_wait_and_takes_them_again_later() -> None:
    async def scenario() -> None:
        worker, gate = Worker("writes", most_waiting=2), threading.Event()
        calls = [asyncio.create_task(worker.run(gate.wait, 10)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match=r"^the service is busy, try again shortly$"):
            await worker.run(int)
        gate.set()
        assert await asyncio.gather(*calls) == [True] * 3
        assert await worker.run(int) == 0

    asyncio.run(scenario())


def test_a_cancelled_caller_drops_a_call_that_waits_and_gives_its_place_back() -> None:
    async def scenario() -> None:
        worker, gate, ran = Worker("writes", most_waiting=1), threading.Event(), threading.Event()
        running = asyncio.create_task(worker.run(gate.wait, 10))
        waiting = asyncio.create_task(worker.run(ran.set))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        last = asyncio.create_task(worker.run(int))
        gate.set()
        assert await running
        assert await last == 0
        assert not ran.is_set()

    asyncio.run(scenario())


def test_says_how_long_the_running_call_has_taken() -> None:
    async def scenario() -> None:
        worker, gate, begun = Worker("reads", 1), threading.Event(), threading.Event()

        def call() -> None:
            begun.set()
            gate.wait(10)

        assert worker.busy_s() == 0
        running = asyncio.create_task(worker.run(call))
        await asyncio.to_thread(begun.wait, 10)
        first = worker.busy_s()
        await asyncio.sleep(0.01)
        assert worker.busy_s() > first >= 0
        gate.set()
        await running
        assert worker.busy_s() == 0

    asyncio.run(scenario())
