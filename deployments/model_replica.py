"""What every replica that holds a model does alike."""

import asyncio
import contextvars
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ray import serve

from configs.settings import BatchTuning
from deployments.exposition import Measurements
from deployments.metrics import BATCH_ITEMS, BATCH_SECONDS, MODELS, REPLICA_CALLS
from deployments.replica_logs import set_up_logs
from deployments.tracing import span
from pipelines.engines.model_cards import ModelCard
from pipelines.errors import GatehouseError

T = TypeVar("T")
Item = TypeVar("Item")

_log = logging.getLogger(__name__)

_SUSPECT_AFTER_FAILURES = 3
_THREAD_ANSWER_TIMEOUT_S = 5.0


class ModelReplica(ABC):
    """Runs a model off the event loop, in batches of what waits, and notices when it is broken.

    ``@serve.batch`` empties its queue while a batch is running, so that without a wait it makes
    batches of one however many calls are waiting. ``enter`` therefore holds calls back while the
    model is busy; released together, they make the next batch, and an idle model waits for nobody.

    Args:
        niceness: How far the threads that run the model stand back behind all others, among them
            the one that takes calls; 0 to 19.
    """

    def __init__(self, niceness: int = 0) -> None:
        set_up_logs()
        # Linux gives each thread a priority of its own.
        self._threads = ThreadPoolExecutor(initializer=os.nice, initargs=(niceness,))
        self._consecutive_failures = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @abstractmethod
    def probe(self) -> None:
        """Runs the model on an input that is known to be good; raises when it is broken."""

    async def models(self) -> tuple[ModelCard, ...]:
        """What runs here."""
        return ()

    async def measurements(self) -> Measurements:
        """What this replica has measured."""
        return Measurements.of(serve.get_replica_context().replica_tag, MODELS)

    async def enter(self, batched: Callable[[Item], Awaitable[T | BaseException]], item: Item) -> T:
        """Waits for the model and passes one item to a ``@serve.batch`` method.

        Raises:
            BaseException: The item's own outcome, where it is an error.
        """
        with REPLICA_CALLS.track_inprogress():
            await self._idle.wait()
            return settle(await batched(item))

    async def run_batch(
        self, work: Callable[[list[Item]], list[T]], items: list[Item]
    ) -> list[T | BaseException]:
        """Runs a batch in a thread; one outcome an item.

        A batch that fails as a whole is run again item by item, so that the failure stays with the
        item that causes it.
        """
        self._idle.clear()
        BATCH_ITEMS.observe(len(items))
        try:
            with BATCH_SECONDS.time(), span("batch", len(items)):
                whole = await _outcome(self.in_thread(work, items))
            if not isinstance(whole, BaseException):
                return [*whole]
            if len(items) == 1:
                _tell(whole)
                return [whole]
            _log.error("a batch of %d failed, running its items alone", len(items), exc_info=whole)
            alone = [await _outcome(self.in_thread(work, [item])) for item in items]
            for one in alone:
                _tell(one)
            return [one if isinstance(one, BaseException) else one[0] for one in alone]
        finally:
            self._idle.set()

    async def in_thread(self, work: Callable[..., T], *args: Any) -> T:
        """Runs ``work`` in a thread, so that the replica keeps answering its health checks."""
        failed = True
        try:
            result = await self._run(work, *args)
            failed = False
        except (GatehouseError, asyncio.CancelledError):
            failed = False
            raise
        finally:
            self._consecutive_failures = self._consecutive_failures + 1 if failed else 0
        return result

    async def check_health(self) -> None:
        """Called by Serve; a raise has the replica replaced.

        After several failed calls in a row, a good input decides whether it was the model or what
        it was asked.

        Raises:
            Exception: The model fails on a good input.
            TimeoutError: No thread is free to answer.
        """
        if self._consecutive_failures >= _SUSPECT_AFTER_FAILURES:
            await self.in_thread(self.probe)
        await asyncio.wait_for(self._run(int), _THREAD_ANSWER_TIMEOUT_S)

    def built(self, build: Callable[..., T], *args: Any) -> T:
        """Builds an engine where it will run, so that threads which it starts stand back too."""
        return self._threads.submit(build, *args).result()

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        context = contextvars.copy_context()  # of the request, for its trace
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: context.run(work, *args))


def tune_batches(batched: Any, user_config: dict[str, Any]) -> None:
    """Applies a deployment's ``user_config`` to one of its ``@serve.batch`` methods.

    Raises:
        pydantic.ValidationError: A key is unknown or a value out of bounds.
    """
    tuning = BatchTuning.model_validate(user_config)
    batched.set_max_batch_size(tuning.max_batch_size)
    batched.set_batch_wait_timeout_s(tuning.batch_wait_timeout_s)


def settle(outcome: T | BaseException) -> T:
    """Returns an outcome, or raises it where it is an error."""
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def each(work: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """Awaits everything; what each returned or raised, in order."""
    return await asyncio.gather(*work, return_exceptions=True)


def _tell(outcome: object) -> None:
    """Logs a failure of the model, whose traceback stays behind when it is sent on."""
    if isinstance(outcome, Exception) and not isinstance(outcome, GatehouseError):
        _log.error("an item failed", exc_info=outcome)


async def _outcome(work: Awaitable[T]) -> T | BaseException:
    """Awaits work and returns what it raised, if anything, instead of raising."""
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    return outcome
