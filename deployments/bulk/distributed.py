"""The commands that Ray Data distributes."""

import argparse
import asyncio
import os
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import ROOT, Settings
from deployments.bulk.cluster import Pool, cluster, own_output
from deployments.bulk.counting import SharedCounts
from deployments.bulk.distribution import done_in_parts
from deployments.bulk.interruption import Unmasked
from deployments.bulk.progress import Progress, followed
from deployments.bulk.status import DONE, SOME_FAILED
from deployments.serve_yaml import check
from pipelines.bulk.crop_rereading import RereadEvents
from pipelines.bulk.folder import JobFolder
from pipelines.bulk.isolation import ITEM_LIMIT_S
from pipelines.bulk.job import Done, Left, left_of, summary
from pipelines.bulk.plate_files import ReadPlates
from pipelines.bulk.source import ALL_FILES, place, require_apart
from pipelines.bulk.work import FAILED, Recipe
from pipelines.errors import GatehouseError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_commands(commands: "Commands") -> None:
    """Adds read-plates and reread-events to a command line."""
    plates = commands.add_parser(
        "read-plates",
        help="read the plates of every picture below a folder or prefix",
        description="Reads the plates of every picture (.jpg, .jpeg, .png, ...) below SOURCE into "
        "Parquet files below OUT, one row a file.",
    )
    plates.add_argument("source", metavar="SOURCE", help="a folder, or s3://bucket/prefix")
    plates.add_argument(
        "--batch-size", type=_count, default=4, help="pictures searched at once by a worker (4)"
    )
    plates.add_argument(
        ALL_FILES,
        action="store_true",
        help="also files whose names are not those of pictures; hidden ones are left out",
    )
    _add_common(plates)
    plates.set_defaults(run=_read_plates)
    events = commands.add_parser(
        "reread-events",
        help="read the stored crops of old events again",
        description="Reads the crops of all events that have one again, with the engines of the "
        "settings, into Parquet files below OUT: old and new text. Events are not changed.",
    )
    _add_common(events)
    events.set_defaults(run=_reread_events)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT", help="a folder, or s3://bucket/prefix, of this job")
    parser.add_argument(
        "--config",
        type=Path,
        default=ROOT / "serve_config.yaml",
        help="the Serve YAML whose settings hold (serve_config.yaml)",
    )
    parser.add_argument("--workers", type=_count, help="processes with engines (one a processor)")
    parser.add_argument("--cpus-per-worker", type=_count, default=1, help="threads of each (1)")
    parser.add_argument("--gpus-per-worker", type=_share, default=0.0, help="0.5, 1, ... (none)")
    parser.add_argument(
        "--item-timeout",
        type=_count,
        default=int(ITEM_LIMIT_S),
        metavar="SECONDS",
        help="for what a worker does at once, after which what hangs fails (120)",
    )
    parser.add_argument("--part-size", type=_count, help="outcomes stored at once (16 to 1000)")


def _read_plates(asked: argparse.Namespace) -> int:
    source = place(asked.source)
    require_apart(source, place(asked.out))
    settings = _settings(asked.config)
    return _run(ReadPlates(source, settings, asked.batch_size, asked.all_files), asked)


def _reread_events(asked: argparse.Namespace) -> int:
    return _run(RereadEvents(_settings(asked.config)), asked)


def _run(recipe: Recipe, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    pool = Pool(
        asked.workers, asked.cpus_per_worker, asked.gpus_per_worker, float(asked.item_timeout)
    )
    workers = pool.workers or max(1, len(os.sched_getaffinity(0)) // pool.cpus)
    out = place(asked.out)
    with asyncio.Runner() as runner, closing(JobFolder(out)) as folder:
        left = runner.run(left_of(recipe, folder, workers, asked.part_size))
        done: list[Done] = []
        try:
            if left.parts:
                done = _done(recipe, out, left, pool)
            outcomes = runner.run(folder.outcomes())
        except (GatehouseError, KeyboardInterrupt) as stop:
            with suppress(GatehouseError):
                stored = left.stored(runner.run(folder.finished()))
                stop.add_note(f"{stored:,} of {left.items:,} {recipe.unit}s are stored in {out}")
            raise
    elapsed_s = time.monotonic() - began
    sys.stdout.write(summary(outcomes, left.skipped, done, recipe.unit, elapsed_s))
    return SOME_FAILED if any(outcome == FAILED for outcome, _ in outcomes) else DONE


def _done(recipe: Recipe, out: str, left: Left, pool: Pool) -> list[Done]:
    with (
        own_output() as screen,
        closing(Progress(recipe.unit, left.items, left.finished, screen)) as progress,
        Unmasked(),
        cluster(pool) as its,
    ):
        counts = SharedCounts()
        with followed(counts.total, lambda count: progress.reach(left.finished + count)):
            done = [*done_in_parts(recipe, out, left.parts, its, counts)]
        progress.reach(left.items)
    return done


def _settings(config: Path) -> Settings:
    """The settings of the application in a Serve YAML; raises ConfigurationError."""
    return Settings.model_validate(check(config)["applications"][0].get("args") or {})


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of GPUs")
    return share
