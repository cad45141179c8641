"""Ray, for as long as a job lasts."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TextIO

import ray

from deployments.bulk.progress import PROGRESS
from pipelines.bulk.isolation import ITEM_LIMIT_S
from pipelines.errors import ConfigurationError, Unavailable

_ENVIRONMENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    # Where memory is short Ray would end a worker, not the process with the engines that has it.
    "RAY_memory_monitor_refresh_ms": "0",
}
"""Of the process that starts Ray, unless the environment says otherwise."""

_USERS: Final = (PROGRESS, "StreamingExecutor-", "ray-data-metadata-prefetch", "iter_threaded")
"""What the names of threads begin with that call Ray."""

_USERS_END_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The actors that do a job.

    Attributes:
        workers: How many; None is one for every ``cpus`` of the cluster.
        cpus: Processors of each; their engines take as many threads.
        gpus: GPUs of each, or a share of one.
        item_limit_s: Longest wait of each for the items that it does together.
    """

    workers: int | None = None
    cpus: int = 1
    gpus: float = 0.0
    item_limit_s: float = ITEM_LIMIT_S


@contextmanager
def own_output() -> Iterator[TextIO]:
    """Keep standard output and error from all but who is given the latter here.

    Ray writes to both also of what is as it should be, such as workers that end with their job.
    Its logs have the same lines.

    Yields:
        Standard error, as long as the block lasts.
    """
    with _silent(sys.stdout, 1), _silent(sys.stderr, 2) as kept:
        yield kept


@contextmanager
def _silent(stream: TextIO, number: int) -> Iterator[TextIO]:
    with open(os.dup(number), "w", buffering=1, encoding="utf-8") as kept:
        stream.flush()
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, number)
        os.close(silence)
        try:
            yield kept
        finally:
            stream.flush()
            os.dup2(kept.fileno(), number)


class _Starting:
    """Names what Ray raises where it does not start; it may be any exception."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            reason = str(error).strip().partition("\n")[0]
            raise Unavailable(f"Ray cannot be started or reached: {reason}") from error


@contextmanager
def cluster(pool: Pool) -> Iterator[Pool]:
    """Ray, for as long as the block lasts: an own one, or the cluster that RAY_ADDRESS names.

    Yields:
        The pool, with how many actors it has.

    Raises:
        ConfigurationError: This machine has no room for one of them; a cluster may grow.
        Unavailable: Ray does not start, or the cluster cannot be reached.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        with _Starting():
            ray.init(
                address=os.environ.get("RAY_ADDRESS") or "local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        # Ray has put a handler of its own there.
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        processors, gpus = (ray.cluster_resources().get(kind, 0) for kind in ("CPU", "GPU"))
        if "RAY_ADDRESS" not in os.environ and (pool.cpus > processors or pool.gpus > gpus):
            raise ConfigurationError(
                f"a worker needs {pool.cpus} processors and {pool.gpus:g} GPUs, this machine has "
                f"{processors:g} and {gpus:g}"
            )
        yield replace(pool, workers=pool.workers or max(1, int(processors) // pool.cpus))
    finally:
        try:
            _await_users()
        finally:
            ray.shutdown()


def _await_users() -> None:
    """Wait for all threads that call Ray: one that did so after its end would end this process,
    with status 1 and without a word. Ray Data itself waits for its own no longer than two seconds.
    """
    until = time.monotonic() + _USERS_END_WITHIN_S
    for thread in threading.enumerate():
        if thread.name.startswith(_USERS) and thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))
