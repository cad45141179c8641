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

import cv2
import pyarrow as pa
import ray
import ray.data
from ray.exceptions import RayError

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.job import Done
from pipelines.bulk.planning import Part
from pipelines.bulk.work import Recipe
from pipelines.errors import ConfigurationError, Unavailable

# Of the process that starts Ray, unless the environment says otherwise.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
}
_PARTS_AHEAD = 2
"""Parts that an actor has been given: the one that it does, and the next."""


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
        self._worker = recipe.worker()
        self._runner = asyncio.Runner()

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Does parts, one a row, and answers what was done."""
        done = [self._runner.run(self._done(part)) for part in parts["part"].to_pylist()]
        return pa.Table.from_pylist([asdict(one) for one in done])

    async def _done(self, text: str) -> Done:
        document = json.loads(text)
        part, began_at = Part(document["number"], tuple(document["items"])), time.time()
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
    )
    try:
        for row in done.iter_rows():
            yield Done(**row)
    except RayError as error:
        raise Unavailable(f"the workers ended: {str(error).strip().splitlines()[-1]}") from error


def _be_quiet() -> None:
    """Leave progress and summary to the command, and the processors to the engines."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
