"""Ray Data, with the engines in a pool of actors that each do whole parts of a job."""

import asyncio
import json
import logging
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

import pyarrow as pa
import ray.data
from ray.exceptions import RayError
from ray.util.annotations import RayDeprecationWarning

from deployments.bulk.cluster import Pool
from pipelines.bulk.folder import JobFolder
from pipelines.bulk.isolation import IsolatedWorker
from pipelines.bulk.job import Done
from pipelines.bulk.planning import Part
from pipelines.bulk.work import Recipe
from pipelines.errors import ConfigurationError, GatehouseError, Unavailable

_PARTS_AHEAD = 2
"""Parts that an actor has been given: the one that it does, and the next."""

_REPEATS = 2
"""Of a part whose actor ended: with its machine, say. What an item ends is another process."""

_RESTARTS = 20
"""Of an actor in one run; Ray ends some where memory is short."""


class Counting(Protocol):
    """Is told how far parts are; it survives pickling."""

    def put(self, part: int, items: int, *, last: bool = False) -> None: ...


class PartWorker:
    """An actor of the pool. A part that it has answered is stored.

    Args:
        recipe: Makes what does the items.
        out: Where outcomes are stored.
        pool: Whose actor it is. OpenCV may use as many threads as the actor has processors; the
            engines' own follow Ray.
        counts: Is told how many items are done.
    """

    def __init__(self, recipe: Recipe, out: str, pool: Pool, counts: Counting) -> None:
        self._schema = recipe.schema
        self._folder = JobFolder(out)
        self._runner = asyncio.Runner()
        self._worker = IsolatedWorker(recipe, pool.cpus, pool.item_limit_s)
        self._counts = counts

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Does parts, one a row; answers what was done, or the error that ends the job."""
        return pa.Table.from_pylist([self._answer(part) for part in parts["part"].to_pylist()])

    def _answer(self, text: str) -> dict[str, Any]:
        document = json.loads(text)
        part = Part(document["number"], tuple(document["items"]))
        try:
            done = asdict(self._done(part))
        except GatehouseError as error:
            nothing = asdict(Done(0, 0.0, 0.0))
            return {**nothing, "error_code": error.code, "error_message": error.message}
        return {**done, "error_code": "", "error_message": ""}

    def _done(self, part: Part) -> Done:
        began_at, items = time.time(), len(part.items)
        rows = self._worker.rows(part.items, partial(self._counts.put, part.number))
        self._runner.run(self._folder.finish(part, rows, self._schema))
        self._counts.put(part.number, items, last=True)
        return Done(items, began_at, time.time())


def done_in_parts(
    recipe: Recipe, out: str, parts: Sequence[Part], pool: Pool, counts: Counting
) -> Iterator[Done]:
    """Do parts; each is given when it is stored.

    Args:
        recipe: The job.
        out: Where outcomes are stored.
        parts: What is left to be done.
        pool: The actors, so many as it says.
        counts: Is told how many items are done, also of parts that are not stored yet.

    Raises:
        ConfigurationError: A worker cannot work with the settings, or may not read the source.
        Unavailable: The job cannot go on. What was given is stored.
    """
    _be_quiet()
    rows = [{"part": json.dumps({"number": one.number, "items": one.items})} for one in parts]
    with warnings.catch_warnings():
        # Neither restarts nor retries have a parameter with a name.
        warnings.simplefilter("ignore", RayDeprecationWarning)
        done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            PartWorker,
            fn_constructor_args=(recipe, out, pool, counts),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                size=min(pool.workers or 1, len(rows)), max_tasks_in_flight_per_actor=_PARTS_AHEAD
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
        left = [part.number for part in parts if part.number not in stored]
        raise workers_ended(left[: pool.workers], str(error)) from error


def workers_ended(parts: Sequence[int], how: str) -> Unavailable:
    """What ends a job whose actors, not the processes with the engines, end too often.

    Args:
        parts: Numbers of those that may have been under way.
        how: What Ray says, of which the last line counts.
    """
    numbers = " or ".join(map(str, parts))
    last = how.strip().rpartition("\n")[2].strip()
    return Unavailable(f"the workers ended, again and again, at part {numbers}: {last}")


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
