"""``python -m tests.bench.engine_gate``: what each network loses on other runtimes and precisions.

Every network does its work on development pictures (GATEHOUSE_DATA; the validation part of the
plates) on each runtime, and is timed with one thread, the runtimes in turn. The reference is ONNX
Runtime in float32. The exit status is 1 where what the service takes by itself loses more than
the limit. Tables go to stdout and, as Markdown and JSON, to ``tests/bench/results/engines.*``.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
from tqdm import tqdm

from configs.settings import ROOT
from pipelines.engines.networks import is_quicker_on_openvino
from pipelines.engines.openvino_runtime import calculates_in_bfloat16
from tests.bench.dataset import division, pictures
from tests.bench.engine_tasks import (
    EncodeFaces,
    FindCorners,
    FindFaces,
    FindPlates,
    Points,
    ReadPlates,
    Task,
    Variant,
)
from tests.bench.people import people
from tests.bench.tables import Table

RESULTS: Final = ROOT / "tests/bench/results"
LIMIT_POINTS: Final = 0.3
VARIANTS: Final = (
    Variant("ONNX Runtime, float32", "onnxruntime", False),
    Variant("OpenVINO, float32", "openvino", False),
    Variant("OpenVINO, bfloat16", "openvino", True),
)
DRIVERS: Final = 50
PHOTOS_OF_ONE: Final = 4
STRANGERS: Final = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A network on a runtime.

    Attributes:
        network: Its name.
        variant: Runtime and precision.
        points: Figure -> percent.
        lost: Points below the reference, of the figure that lost most; negative is a gain.
        ms: Least CPU time of a usual call with one thread, milliseconds.
        taken: Whether the service takes it by itself on this processor.
    """

    network: str
    variant: str
    points: Points
    lost: float
    ms: float
    taken: bool

    @property
    def passes(self) -> bool:
        """Whether it loses no more than the limit."""
        return self.lost <= LIMIT_POINTS


def main(arguments: list[str]) -> int:
    """Runs the gate; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=150, help="timed calls of each")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    os.environ["OMP_NUM_THREADS"] = "1"
    cv2.setNumThreads(1)
    data = Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data"
    rows = [
        row
        for task in tqdm(list(_tasks(data, options.seed)), desc="networks")
        for row in _rows(task, options.calls)
    ]
    table = table_of(rows)
    sys.stdout.write(f"{table.as_text()}\n")
    RESULTS.mkdir(exist_ok=True)
    text = f"# Runtimes of the networks\n\n{table.as_markdown()}\n"
    (RESULTS / "engines.md").write_text(text, encoding="utf-8")
    values = [{**asdict(row), "passes": row.passes} for row in rows]
    (RESULTS / "engines.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row.passes for row in rows if row.taken) else 1


def _tasks(data: Path, seed: int) -> Iterator[Task]:
    chosen = pictures(
        data, division(data / "plates", RESULTS), "validation", plateless=0, seed=seed
    )
    yield FindPlates(chosen.photos)
    yield FindCorners(chosen.photos)
    yield ReadPlates(
        [(one.path, text) for one in (*chosen.crops, *chosen.cuts) if (text := one.plates[0].text)]
    )
    known = people(data / "faces", seed=seed)
    drivers = [photos[:PHOTOS_OF_ONE] for photos in list(known.drivers.values())[:DRIVERS]]
    groups = [*drivers, *([photo] for photo in known.strangers[:STRANGERS])]
    faces = [[cv2.imread(str(photo)) for photo in photos] for photos in groups]
    yield FindFaces(faces)
    yield EncodeFaces(faces)


def _rows(task: Task, calls: int) -> list[Row]:
    engines = {variant: task.open(variant) for variant in VARIANTS}
    measured = {variant: task.measure(engine) for variant, engine in engines.items()}
    times = _times(task, engines, calls)
    reference = measured[VARIANTS[0]]
    taken = _taken(task)
    return [
        Row(
            task.traits.name,
            variant.name,
            measured[variant],
            max(reference[figure] - value for figure, value in measured[variant].items()),
            times[variant],
            variant == taken,
        )
        for variant in VARIANTS
    ]


def _times(task: Task, engines: dict[Variant, Any], calls: int) -> dict[Variant, float]:
    """Least CPU time of a call: others that share the processor lengthen it seldom, and little."""
    calling = {variant: task.once(engine) for variant, engine in engines.items()}
    least = dict.fromkeys(engines, float("inf"))
    for turn in range(calls):
        for variant in (*VARIANTS[turn % 3 :], *VARIANTS[: turn % 3]):
            calling[variant]()
            started = time.process_time()
            calling[variant]()
            least[variant] = min(least[variant], 1000 * (time.process_time() - started))
    return least


def _taken(task: Task) -> Variant:
    """What ``runtime: auto`` is for this network on this processor."""
    openvino = is_quicker_on_openvino(task.traits)
    bfloat16 = openvino and task.traits.bfloat16 and calculates_in_bfloat16()
    runtime = "openvino" if openvino else "onnxruntime"
    return next(one for one in VARIANTS if (one.runtime, one.bfloat16) == (runtime, bfloat16))


def table_of(rows: Sequence[Row]) -> Table:
    """All rows as a table."""
    header = ("network", "runtime", "figures, %", "points lost", "ms", "verdict")
    body = tuple(
        (
            row.network,
            row.variant,
            "; ".join(f"{name} {value:.2f}" for name, value in row.points.items()),
            f"{row.lost:+.2f}",
            f"{row.ms:.2f}",
            ("passes" if row.passes else "fails") + (", taken by auto" if row.taken else ""),
        )
        for row in rows
    )
    notes = (
        f"Limit: {LIMIT_POINTS} points of any figure. ms: least CPU time of a usual call, one "
        "thread: a picture of 416 x 320, a plate, a crop, a photo of a face at most 320 wide "
        "(both looks), an aligned face.",
    )
    return Table("Networks", header, body, notes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
