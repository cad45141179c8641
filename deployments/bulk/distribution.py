"""Ray Data, with the engines in a pool of actors that each do whole parts of a job."""

import asyncio
import json
import logging
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import pyarrow as pa
import ray
import ray.data
from ray.exceptions import RayError

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.job import Done
from pipelines.bulk.planning import Part
from pipelines.bulk.work import Recipe, Worker
from pipelines.errors import ConfigurationError, GatehouseError, Unavailable

# Of the process that starts Ray, unless the environment says otherwise.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
}
_PARTS_AHEAD = 2
"""Parts that an actor has been given: the one that it does, and the next."""

_REPEATS = 2
"""Of a part whose process ended; a file that ends it each time would do so for ever."""

_RESTARTS = 20
"""Of an actor in one run; Ray ends some where memory is short."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The actors that do a job.

    Attributes:
        workers: How many; None is one for every ``cpus`` of the cluster.
        cpus: Processors of each; their engines take as many threads.
        gpus: GPUs of each, or a share of one.
    """

    workers: int | None = None
    cpus: int = 1
    gpus: float = 0.0


class PartWorker:
    """An actor of the pool. A part that it has answered is stored.

    Args:
        recipe: Makes what does the items.
        out: Where outcomes are stored.
        threads: That OpenCV may use; the engines' own follow Ray.
    """

    def __init__(self, recipe: Recipe, out: str, threads: int) -> None:
        cv2.setNumThreads(threads)
        self._schema = recipe.schema
        self._folder = JobFolder(out)
        self._runner = asyncio.Runner()
        try:
            self._worker: Worker | GatehouseError = recipe.worker()
        except GatehouseError as error:
            self._worker = error

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Does parts, one a row; answers what was done, or the error that ends the job."""
        return pa.Table.from_pylist([self._answer(part) for part in parts["part"].to_pylist()])

    def _answer(self, text: str) -> dict[str, Any]:
        document = json.loads(text)
        part = Part(document["number"], tuple(document["items"]))
        try:
            done = asdict(self._runner.run(self._done(part)))
        except GatehouseError as error:
            nothing = asdict(Done(0, 0.0, 0.0))
            return {**nothing, "error_code": error.code, "error_message": error.message}
        return {**done, "error_code": "", "error_message": ""}

    async def _done(self, part: Part) -> Done:
        if isinstance(self._worker, GatehouseError):
            raise self._worker
        began_at = time.time()
        await self._folder.finish(part, await self._worker.rows(part.items), self._schema)
        return Done(len(part.items), began_at, time.time())


@contextmanager
def cluster(pool: Pool) -> Iterator[int]:
    """Ray, for as long as the block lasts: an own one, or the cluster that RAY_ADDRESS names.

    Yields:
        How many actors the pool has.

    Raises:
        ConfigurationError: This machine has no room for one of them; a cluster may grow.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    ray.init(
        address=os.environ.get("RAY_ADDRESS") or "local",
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray has put its own there
    try:
        processors, gpus = (ray.cluster_resources().get(kind, 0) for kind in ("CPU", "GPU"))
        if "RAY_ADDRESS" not in os.environ and (pool.cpus > processors or pool.gpus > gpus):
            raise ConfigurationError(
                f"a worker needs {pool.cpus} processors and {pool.gpus:g} GPUs, this machine has "
                f"{processors:g} and {gpus:g}"
            )
        yield pool.workers or max(1, int(processors) // pool.cpus)
    finally:
        ray.shutdown()


def done_in_parts(
    recipe: Recipe, out: str, parts: Sequence[Part], pool: Pool, workers: int
) -> Iterator[Done]:
    """Do parts; each is given when it is stored.

    Args:
        recipe: The job.
        out: Where outcomes are stored.
        parts: What is left to be done.
        pool: The actors.
        workers: How many of them.

    Raises:
        ConfigurationError: A worker cannot work with the settings, or may not read the source.
        Unavailable: The job cannot go on. What was given is stored.
    """
    _be_quiet()
    rows = [{"part": json.dumps({"number": one.number, "items": one.items})} for one in parts]
    done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        PartWorker,
        fn_constructor_args=(recipe, out, pool.cpus),
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(
            size=min(workers, len(rows)), max_tasks_in_flight_per_actor=_PARTS_AHEAD
        ),
        num_cpus=pool.cpus,
        num_gpus=pool.gpus or None,
        max_restarts=_RESTARTS,
        max_task_retries=_REPEATS,
    )
    try:
        for row in done.iter_rows():
            _raise_of(row.pop("error_code"), row.pop("error_message"))
            yield Done(**row)
    except RayError as error:
        stored = asyncio.run(JobFolder(out).finished())
        left = [str(part.number) for part in parts if part.number not in stored]
        raise Unavailable(
            f"the workers ended, again and again, at part {' or '.join(left[:workers])}: "
            f"{str(error).strip().splitlines()[-1]}"
        ) from error


def _raise_of(code: str, message: str) -> None:
    """Raise the error that a worker answered, if any."""
    if code == ConfigurationError.code:
        raise ConfigurationError(message)
    if code:
        raise Unavailable(message)


def _be_quiet() -> None:
    """Leave progress and summary to the command, and the processors to the engines."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
