"""What every replica that holds a model does alike."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from configs.settings import BatchTuning
from pipelines.errors import ConfigurationError, GatehouseError

T = TypeVar("T")

_UNHEALTHY_AFTER_FAILURES = 3
_THREAD_ANSWER_TIMEOUT_S = 5.0


class ModelReplica:
    """Runs a model off the event loop and reports when it keeps failing."""

    def __init__(self) -> None:
        self._consecutive_failures = 0

    async def in_thread(self, work: Callable[..., T], *args: Any) -> T:
        """Runs ``work`` in a thread, so that the replica keeps answering its health checks."""
        failed = True
        try:
            result = await asyncio.to_thread(work, *args)
            failed = False
        except (GatehouseError, asyncio.CancelledError):
            failed = False
            raise
        finally:
            self._consecutive_failures = self._consecutive_failures + 1 if failed else 0
        return result

    async def check_health(self) -> None:
        """Called by Serve; a raise has the replica replaced.

        Raises:
            ConfigurationError: The last calls of the model all failed.
            TimeoutError: No thread is free to answer.
        """
        if self._consecutive_failures >= _UNHEALTHY_AFTER_FAILURES:
            raise ConfigurationError(f"the last {self._consecutive_failures} calls failed")
        await asyncio.wait_for(asyncio.to_thread(int), _THREAD_ANSWER_TIMEOUT_S)


def tune_batches(batched: Any, user_config: dict[str, Any]) -> None:
    """Applies a deployment's ``user_config`` to one of its ``@serve.batch`` methods.

    Raises:
        pydantic.ValidationError: A key is unknown or a value out of bounds.
    """
    tuning = BatchTuning.model_validate(user_config)
    batched.set_max_batch_size(tuning.max_batch_size)
    batched.set_batch_wait_timeout_s(tuning.batch_wait_timeout_s)


def settle(outcome: T | GatehouseError) -> T:
    """Gives the one outcome of a batch that is ours: returns it, or raises it."""
    if isinstance(outcome, GatehouseError):
        raise outcome
    return outcome
