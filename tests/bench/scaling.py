"""How the service scales: over replicas, over nodes, and by itself under a load in steps.

Each part starts the application on Ray nodes of its own, in production mode, with engines that
sleep instead of computing, and is kept in tests/bench/results/scaling.json beside what other parts
found before. All parts take about 20 minutes and 12 GB of memory on two cores.
"""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from configs.settings import ROOT
from tests.bench import scaling_plots, scaling_report, scaling_steps
from tests.bench.scaling_gallery import fill_with_names
from tests.bench.scaling_points import (
    Point,
    Route,
    driver_route,
    over_nodes,
    over_replicas,
    plate_route,
)
from tests.bench.scaling_service import ScaledService
from tests.bench.tables import Table

RESULTS: Final = ROOT / "tests/bench/results"

_CPUS: Final = 40  # of the machine, as a node says it: for placing replicas alone
_CPUS_A_NODE: Final = 8
_A_NODE: Final = 8
_NODES: Final = 3
_NAMES: Final = 20_000
_STEP_MS: Final = 500.0
_TITLES: Final = {
    "plates": "Plates over replicas of PlateDetector and of PlateReader",
    "drivers": "Drivers over replicas of FaceEncoder",
    "nodes": "Plates over nodes",
}


PARTS: Final = (*_TITLES, "steps")


def main(arguments: list[str]) -> int:
    """Measures, writes and shows; returns the exit status."""
    options = _options(arguments)
    parts: dict[str, Callable[[argparse.Namespace], Any]] = {
        "plates": lambda its: _replicas(plate_route(), its),
        "drivers": lambda its: _replicas(driver_route(), its),
        "nodes": _nodes,
        "steps": _steps,
    }
    for name in options.parts:
        found = parts[name](options)
        sys.stdout.write(f"{_kept(name, found, options.name).as_text()}\n\n")
        sys.stdout.flush()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--parts",
        type=lambda text: text.split(","),
        default=PARTS,
        help=", ".join(PARTS),
    )
    parser.add_argument(
        "--replicas",
        type=lambda text: tuple(map(int, text.split(","))),
        default=(1, 2, 4, 8, 16, 32),
        help="of each model, one first",
    )
    parser.add_argument("--nodes", type=int, default=_NODES)
    parser.add_argument("--a-node", type=int, default=_A_NODE, help="replicas of each model")
    parser.add_argument("--simulated-ms", type=float, default=1000.0, help="of each model")
    parser.add_argument("--span", type=float, default=20.0, help="seconds that a point is loaded")
    parser.add_argument("--high", type=float, default=35.0, help="seconds of a high phase")
    parser.add_argument("--low", type=float, default=20.0, help="seconds of a low phase")
    parser.add_argument("--name", default="scaling", help="of the files of results")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts).difference(PARTS):
        parser.error(f"no such parts: {', '.join(sorted(unknown))}")
    return options


def _replicas(route: Route, options: argparse.Namespace) -> list[Point]:
    with _service(options.simulated_ms, _CPUS) as service:
        points = over_replicas(service, route, options.replicas, options.span, options.simulated_ms)
        return list(tqdm(points, desc=route.target.name, total=len(options.replicas)))


def _nodes(options: argparse.Namespace) -> list[Point]:
    with _service(options.simulated_ms, _CPUS_A_NODE) as service:
        plan = options.span, options.simulated_ms
        points = over_nodes(service, plate_route(), options.a_node, options.nodes, plan)
        return list(tqdm(points, desc="nodes", total=options.nodes + 1))


def _steps(options: argparse.Namespace) -> scaling_steps.Stepped:
    with _service(_STEP_MS, _CPUS, names=_NAMES) as service:
        service.deploy(scaling_steps.SCALED)
        return scaling_steps.run(service, scaling_steps.phases(options.high, options.low))


@contextmanager
def _service(simulated_ms: float, cpus: int, names: int = 0) -> Iterator[ScaledService]:
    with tempfile.TemporaryDirectory(prefix="gatehouse-scaling-") as folder:
        fill_with_names(Path(folder), names)
        with ScaledService(Path(folder), simulated_ms, cpus) as service:
            yield service


def _kept(part: str, found: Any, name: str) -> Table:
    """Writes one part beside the others; returns its table."""
    target = RESULTS / name
    file = target.with_suffix(".json")
    values: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    values["cores"] = os.cpu_count() or 1
    if isinstance(found, scaling_steps.Stepped):
        values[part] = dataclasses.asdict(found)
    else:
        values[part] = [dataclasses.asdict(point) for point in found]
    file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return write(values, target)[part]


def write(values: dict[str, Any], target: Path) -> dict[str, Table]:
    """Writes tables and figures of all parts that there are; returns the tables by part.

    Args:
        values: What the JSON file holds.
        target: Of the files, without their endings.
    """
    cores: int = values["cores"]
    series = {part: scaling_report.points_of(values[part]) for part in _TITLES if part in values}
    tables = {
        part: scaling_report.point_table(_TITLES[part], points, cores)
        for part, points in series.items()
    }
    pictures = []
    if series:
        scaling_plots.plot_points(series, target.with_suffix(".png"))
        pictures.append(f"![throughput]({target.name}.png)")
    if "steps" in values:
        stepped = scaling_report.stepped_of(values["steps"])
        tables["steps"] = scaling_report.step_table(stepped)
        steps_target = target.with_name(f"{target.name}-steps.png")
        scaling_plots.plot_steps(stepped, steps_target)
        pictures.append(f"![replicas over time]({steps_target.name})")
    parts = ["# Scaling", *scaling_report.notes(cores), *pictures]
    parts += [table.as_markdown() for table in tables.values()]
    target.with_suffix(".md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return tables


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
