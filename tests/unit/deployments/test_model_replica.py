"""Health and batches of the deployments that hold a model."""

import asyncio
import os
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from ray import serve

from deployments.model_replica import ModelReplica, settle, tune_batches
from pipelines.errors import UnreadablePicture
from tests.unit.deployments.counting import Growth

BROKEN = RuntimeError("broken")
UNREADABLE = UnreadablePicture("read image error")


@pytest.fixture(autouse=True)
def replica_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What @serve.batch asks of the replica that it runs in."""
    config = SimpleNamespace(max_ongoing_requests=100)
    context = SimpleNamespace(_deployment_config=config)
    monkeypatch.setattr(serve, "get_replica_context", lambda: context)


class Replica(ModelReplica):
    """Doubles numbers; an item that is an error is raised."""

    def __init__(self, *, healthy: bool = True) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self._healthy = healthy

    def probe(self) -> None:
        if not self._healthy:
            raise BROKEN

    async def double(self, item: Any) -> int:
        raise NotImplementedError

    def work(self, items: list[Any]) -> list[int]:
        self.batches.append(len(items))
        self.gate.wait(10)
        for item in items:
            if isinstance(item, Exception):
                raise item
        return [2 * item for item in items]


def make_replica(*, healthy: bool = True) -> Replica:
    """A replica whose batch queue, which belongs to the decorated method, is new."""

    class Batching(Replica):
        async def double(self, item: Any) -> int:
            doubled: int = await self.enter(self._double_batch, item)
            return doubled

        @serve.batch(max_batch_size=4, batch_wait_timeout_s=0.0)
        async def _double_batch(self, items: list[Any]) -> list[Any]:
            return await self.run_batch(self.work, items)

    return Batching(healthy=healthy)


async def outcomes(replica: Replica, *items: Any) -> list[Any]:
    return await asyncio.gather(*map(replica.double, items), return_exceptions=True)


def test_calls_that_arrive_while_the_model_is_busy_make_the_next_batches() -> None:
    async def scenario() -> Replica:
        replica = make_replica()
        replica.gate.clear()
        calls = [asyncio.create_task(replica.double(0))]
        while not replica.batches:
            await asyncio.sleep(0.001)
        for item in range(1, 10):
            calls.append(asyncio.create_task(replica.double(item)))
            await asyncio.sleep(0.002)
        replica.gate.set()
        assert await asyncio.gather(*calls) == [2 * item for item in range(10)]
        return replica

    assert asyncio.run(scenario()).batches == [1, 4, 4, 1]


def test_batches_are_measured() -> None:
    async def scenario() -> None:
        replica = make_replica()
        replica.gate.clear()
        calls = [asyncio.create_task(replica.double(item)) for item in range(3)]
        while not replica.batches:
            await asyncio.sleep(0.001)
        assert grown.of("gatehouse_replica_calls") == 3
        replica.gate.set()
        await asyncio.gather(*calls)

    grown = Growth()
    asyncio.run(scenario())
    assert grown.of("gatehouse_batch_items_sum") == 3
    assert grown.of("gatehouse_batch_seconds_count") == grown.of("gatehouse_batch_items_count") == 1
    assert grown.of("gatehouse_replica_calls") == 0


def test_an_idle_model_waits_for_nobody() -> None:
    async def scenario() -> Replica:
        replica = make_replica()
        for item in range(3):
            assert await replica.double(item) == 2 * item
        return replica

    assert asyncio.run(scenario()).batches == [1, 1, 1]


def test_a_failure_stays_with_the_item_that_causes_it() -> None:
    async def scenario() -> None:
        replica = make_replica()
        assert await outcomes(replica, 1, BROKEN, 3) == [2, BROKEN, 6]
        assert replica.batches == [3, 1, 1, 1]
        await replica.check_health()

    asyncio.run(scenario())


@pytest.mark.parametrize("items", [(BROKEN,), (1, BROKEN, 3)], ids=["alone", "in a batch"])
def test_a_failure_of_the_model_is_logged_where_its_traceback_is(
    items: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        await outcomes(make_replica(), *items)

    asyncio.run(scenario())
    (told,) = [one for one in caplog.records if one.getMessage() == "an item failed"]
    assert told.exc_info is not None
    assert told.exc_info[1] is BROKEN
    assert told.exc_info[2] is not None


def test_an_answer_that_is_an_error_is_not_logged_as_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        await outcomes(make_replica(), UNREADABLE)

    asyncio.run(scenario())
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_bad_inputs_do_not_condemn_a_healthy_model() -> None:
    async def scenario() -> None:
        replica = make_replica()
        for _ in range(5):
            assert await outcomes(replica, BROKEN) == [BROKEN]
        await replica.check_health()

    asyncio.run(scenario())


def test_a_model_that_fails_on_a_good_input_is_unhealthy() -> None:
    async def scenario() -> None:
        replica = make_replica(healthy=False)
        await outcomes(replica, UNREADABLE, UNREADABLE, UNREADABLE, 1)
        await replica.check_health()
        for _ in range(3):
            await outcomes(replica, BROKEN)
        await replica.check_health()

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(scenario())


def test_the_model_stands_back_behind_the_calls() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    class StandsBack(Replica):
        def __init__(self) -> None:
            ModelReplica.__init__(self, niceness=3)

    async def scenario() -> tuple[int, int, int]:
        replica = StandsBack()
        return await replica.in_thread(priority), replica.built(priority), priority()

    runs, built, calls = asyncio.run(scenario())
    assert runs - calls == built - calls == 3


def test_settle_returns_results_and_raises_errors() -> None:
    assert settle(()) == ()
    with pytest.raises(UnreadablePicture):
        settle(UNREADABLE)


class Batched:
    size: int
    wait: float

    def set_max_batch_size(self, size: int) -> None:
        self.size = size

    def set_batch_wait_timeout_s(self, wait: float) -> None:
        self.wait = wait


def test_user_config_changes_batches() -> None:
    batched = Batched()
    tune_batches(batched, {"max_batch_size": 7, "batch_wait_timeout_s": 0.5})
    assert (batched.size, batched.wait) == (7, 0.5)


@pytest.mark.parametrize("user_config", [{"max_batch": 7}, {"max_batch_size": 0}])
def test_bad_user_config_is_refused(user_config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tune_batches(Batched(), user_config)
