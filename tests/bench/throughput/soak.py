"""``make bench-soak``: full load on the service for half an hour, and whether its memory grows.

Plates and drivers are asked at once by many clients in production mode; the memory of every process
is looked at every few seconds. The slope is taken after a first part in which buffers and replicas
settle. Writes ``soak.md``, ``soak.json`` and ``soak.png``.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from tests.bench.tables import Table
from tests.bench.throughput import routes, servers
from tests.bench.throughput.cells import Cell
from tests.bench.throughput.pictures import Counts, make
from tests.bench.throughput.plots import plot_memory
from tests.bench.throughput.processes import memory_of, resident_of
from tests.bench.throughput.served import Served
from tests.bench.throughput.slope import Slope, slope_of
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_CLIENTS: Final = 32
_SLICE_S: Final = 10.0
_SETTLING_SHARE: Final = 0.2
_MB: Final = 1e6
ALL: Final = "all"


@dataclass(slots=True)
class Samples:
    """Memory over time.

    Attributes:
        hours: Since the load began.
        private: By group of processes, PSS in MB, one a sample; groups that come later begin at 0.
        resident: The same of RSS.
    """

    hours: list[float] = field(default_factory=list)
    private: dict[str, list[float]] = field(default_factory=dict)
    resident: dict[str, list[float]] = field(default_factory=dict)

    def add(self, hours: float, private: dict[str, int], resident: dict[str, int]) -> None:
        """Add one look at all processes, bytes by group."""
        earlier = len(self.hours)
        self.hours.append(hours)
        for kept, now in ((self.private, private), (self.resident, resident)):
            for group, size in {**now, ALL: sum(now.values())}.items():
                kept.setdefault(group, [0.0] * earlier).append(size / _MB)
            for group in kept.keys() - {*now, ALL}:
                kept[group].append(0.0)

    def slopes(self, kept: dict[str, list[float]]) -> dict[str, Slope]:
        """MB an hour of each group, after the settling."""
        first = int(_SETTLING_SHARE * len(self.hours))
        hours = np.array(self.hours[first:])
        return {group: slope_of(hours, np.array(its[first:])) for group, its in kept.items()}


def main(arguments: list[str]) -> int:
    """Runs the soak; returns the exit status, 1 where memory grows for sure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    root = Path(os.environ["GATEHOUSE_DATA"]).resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gatehouse-soak-") as folder, ExitStack() as stack:
        samples, asked = _soaked(root, Path(folder), stack, options.minutes)
    report(samples, asked, options.minutes)
    return int(samples.slopes(samples.private)[ALL].is_growth)


def report(samples: Samples, asked: dict[str, int], minutes: float) -> None:
    """Prints and writes what was seen."""
    private, resident = samples.slopes(samples.private), samples.slopes(samples.resident)
    table = Table(
        f"Memory over {minutes:g} minutes of full load",
        ("process", "", "PSS at first, MB", "at last", "MB/h", "RSS MB/h"),
        tuple(
            (
                group,
                "",
                f"{its[0]:.0f}",
                f"{its[-1]:.0f}",
                _told(private[group]),
                _told(resident[group]),
            )
            for group, its in sorted(samples.private.items(), key=lambda one: -one[1][-1])
        ),
        (
            f"Slopes with their 95 % interval, the first {_SETTLING_SHARE:.0%} left out.",
            "Pictures: " + ", ".join(f"{count} {outcome}" for outcome, count in asked.items()),
        ),
    )
    sys.stdout.write(f"\n{table.as_text()}\n")
    (RESULTS / "soak.md").write_text(table.as_markdown() + "\n", encoding="utf-8")
    document = {"hours": samples.hours, "PSS MB": samples.private, "RSS MB": samples.resident}
    (RESULTS / "soak.json").write_text(json.dumps({**document, **asked}), encoding="utf-8")
    plot_memory(samples.hours, samples.private, RESULTS / "soak.png")


def _soaked(
    root: Path, folder: Path, stack: ExitStack, minutes: float
) -> tuple[Samples, dict[str, int]]:
    scenes = make(root, RESULTS, folder / "pictures", Counts(40, 4, 12))
    service = servers.service_in(folder / "service", production=True)
    stack.callback(service.stop)
    service.start()
    with service.client() as http:
        for name, photos in scenes.enrolled.items():
            files = [("images", (photo.name, photo.read_bytes())) for photo in photos]
            answer = http.post("/api/face/register", files=files)
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.text}")
    port = int(service.url.rsplit(":", maxsplit=1)[1])
    served = Served(port, routes.OURS, service.processes, scenes, {})
    samples, asked = Samples(), dict.fromkeys(("answered", "refused", "failed"), 0)
    began = time.monotonic()
    bar = tqdm(total=round(60 * minutes), desc="soaking", unit="s")
    while (past := time.monotonic() - began) < 60 * minutes:
        some = served.measure(Cell("soak", "both", "720p", _CLIENTS), _SLICE_S)
        for one in some.asked:
            asked[one.outcome] += 1
        processes = service.processes()
        hours = (time.monotonic() - began) / 3600
        samples.add(hours, memory_of(processes), resident_of(processes))
        bar.update(round(time.monotonic() - began - past))
        bar.set_postfix_str(f"{samples.private[ALL][-1]:.0f} MB")
    bar.close()
    return samples, asked


def _told(slope: Slope) -> str:
    return f"{slope.growth:+.1f} ± {slope.uncertainty:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
