"""``make bench``: what serving costs, measured in one run on this machine.

The bare engines in a loop, fast-alpr in a loop, omni-lpr over HTTP, the same engines behind plain
FastAPI, and the service in default and production mode; plates, drivers, and both on one picture.
All are measured in short slices in turn, so that noise hits them alike. Tables are printed;
``tests/bench/results`` gets them as ``throughput.md`` and ``throughput.json``, with figures.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tqdm import tqdm

from tests.bench.throughput import plots, report
from tests.bench.throughput.cells import (
    LOOPS,
    PLAIN,
    PRODUCTION,
    Cell,
    full,
    in_rounds,
    quick,
    unit_s,
)
from tests.bench.throughput.line_up import LineUp, Starter
from tests.bench.throughput.pictures import Counts, Scene, Scenes, make
from tests.bench.throughput.served import Served
from tests.bench.throughput.slices import Slice
from tests.bench.throughput.summary import Figure, accuracy, figure, figures
from tests.bench.throughput.targets import Measured
from tests.bench.workers import WorkerFailed
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_FLOODED: Final = (PLAIN, PRODUCTION)
_OVER: Final = 2.0
_MOST_TIMES_BUDGET: Final = 1.6
"""Slices take longer than planned, since what is under way at their end is awaited."""

_WARM_UP_CLIENTS: Final = 4
_WARM_UP_S: Final = 1.5
_WARM_UP_OTHER_SIZES_S: Final = 0.3


def main(arguments: list[str]) -> int:
    """Runs the bench; returns the exit status."""
    options = parse(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    root = Path(os.environ["GATEHOUSE_DATA"]).resolve()
    if not (root / "data/plates").is_dir():
        sys.stderr.write(f"GATEHOUSE_DATA={root} has no data/plates folder\n")
        return 2
    # A terminated run ends its servers as one that is interrupted does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    RESULTS.mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder, ExitStack() as stack:
        scenes = make(root, RESULTS, Path(folder) / "pictures", _counts(options))
        line_up = Starter(stack, root, Path(folder), scenes).start_all()
        began = time.monotonic()
        measured = _measured(options, line_up, scenes)
        took = f"starts {began - started:.0f} s, measurement {time.monotonic() - began:.0f} s"
        heading = "\n".join([took, *_notes(options, line_up, scenes)])
    tables = report.tables(measured)
    sys.stdout.write("\n".join([f"\n{heading}\n", *(f"{one.as_text()}\n" for one in tables)]))
    markdown = "\n\n".join([f"# Throughput\n\n{heading}", *(one.as_markdown() for one in tables)])
    (RESULTS / "throughput.md").write_text(markdown + "\n", encoding="utf-8")
    document = {"notes": heading.splitlines(), **report.values(measured)}
    (RESULTS / "throughput.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    plots.plot_concurrency(measured, RESULTS / "throughput.png")
    plots.plot_cpu(measured, RESULTS / "throughput-cpu.png")
    plots.plot_sizes(measured, RESULTS / "throughput-sizes.png")
    sys.stdout.write(f"tables and figures in {RESULTS}\n")
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="the targets only, about a minute")
    parser.add_argument("--rounds", type=int, help="times that each cell is measured")
    parser.add_argument("--budget-s", type=float, help="time for all rounds, without the starts")
    parser.add_argument("--flood-s", type=float, help="time at twice the load, a contestant")
    options = parser.parse_args(arguments)
    defaults = (2, 45.0, 5.0) if options.quick else (3, 330.0, 12.0)
    options.rounds = options.rounds or defaults[0]
    options.budget_s = options.budget_s or defaults[1]
    options.flood_s = options.flood_s or defaults[2]
    return options


def _counts(options: argparse.Namespace) -> Counts:
    return Counts(24, 4, 12) if options.quick else Counts(60, 8, 30)


def _measured(options: argparse.Namespace, line_up: LineUp, scenes: Scenes) -> Measured:
    cells = [
        one for one in (quick() if options.quick else full()) if one.contestant in line_up.running
    ]
    _warm_up(line_up, cells)
    slices: dict[Cell, list[Slice]] = {cell: [] for cell in cells}
    unit = unit_s(cells, options.rounds, options.budget_s)
    bar = tqdm(in_rounds(cells, options.rounds), total=options.rounds * len(cells), unit="slice")
    until = time.monotonic() + _MOST_TIMES_BUDGET * options.budget_s
    for cell in bar:
        if time.monotonic() > until:
            line_up.left_out["the end of the last round"] = "the time was over"
            break
        bar.set_description(f"{cell.contestant}, {cell.work}, {cell.size}, {cell.clients}")
        if (contestant := line_up.running.get(cell.contestant)) is None:
            continue
        try:
            slices[cell].append(contestant.measure(cell, cell.weight * unit))
        except WorkerFailed as error:
            line_up.left_out[cell.contestant] = f"ended during the run: {error}"
            del line_up.running[cell.contestant]
    found = figures(slices)
    flooded = _flooded(options, line_up, Measured(found, {}, 1))
    return Measured(
        found,
        accuracy(slices, scenes),
        len(os.sched_getaffinity(0)),
        flooded,
        line_up.start_s,
        line_up.idle,
        line_up.idle_cpu,
    )


def _warm_up(line_up: LineUp, cells: Sequence[Cell]) -> None:
    """Everybody does everything once, unmeasured: what is loaded at first use is loaded then."""
    kinds = dict.fromkeys((one.contestant, one.work, one.size) for one in cells)
    for contestant, work, size in tqdm(kinds, desc="warming up", unit="kind"):
        clients = 0 if contestant in LOOPS else _WARM_UP_CLIENTS
        cell = Cell(contestant, work, size, clients)
        seconds = _WARM_UP_S if size == "720p" else _WARM_UP_OTHER_SIZES_S
        line_up.running[contestant].measure(cell, seconds)


def _flooded(options: argparse.Namespace, line_up: LineUp, measured: Measured) -> dict[str, Figure]:
    """The same steady load on both, twice what the better one can do."""
    capable = [one.rate for name in _FLOODED if (one := measured.at(name, 16))]
    found: dict[str, Figure] = {}
    for name in tqdm(_FLOODED, desc="twice the load", unit="server"):
        served = line_up.running.get(name)
        if isinstance(served, Served) and capable:
            cell = Cell(name, "plates", "720p", 0)
            rate = _OVER * max(capable)
            found[name] = figure(cell, [served.flood(cell, rate, options.flood_s)])
    return found


def _notes(options: argparse.Namespace, line_up: LineUp, scenes: Scenes) -> list[str]:
    sizes = [
        f"{work}, {size}: {len(its)} pictures of {_mean_kb(its):.0f} KB"
        for (work, size), its in scenes.of.items()
    ]
    replicas = [
        f"{name}: {', '.join(f'{count} x {model}' for model, count in its.items())}"
        for name, its in line_up.replicas.items()
    ]
    return [
        f"{'quick, ' if options.quick else ''}{options.rounds} rounds; the one who asks runs on "
        "the same cores",
        *sizes,
        *replicas,
        *(f"left out: {name}: {reason}" for name, reason in line_up.left_out.items()),
    ]


def _mean_kb(its: Sequence[Scene]) -> float:
    return sum(one.path.stat().st_size for one in its) / len(its) / 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
