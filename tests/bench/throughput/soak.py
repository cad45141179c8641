"""``make bench-soak``: full load on the service for half an hour, and whether its memory grows.

Plates and drivers are asked at once by many clients in production mode; the memory of every process
is looked at every few seconds. Slopes are taken over what is left after the warm-up, of groups of
processes and of each process. Writes ``soak.md``, ``soak.json`` and ``soak.png``.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from tests.bench.tables import Table
from tests.bench.throughput import routes, servers
from tests.bench.throughput.cells import Cell
from tests.bench.throughput.memory import ALL, Samples, look
from tests.bench.throughput.pictures import Counts, make
from tests.bench.throughput.plots import plot_memory
from tests.bench.throughput.processes import OTHERS
from tests.bench.throughput.served import Served
from tests.bench.throughput.slices import Answered
from tests.bench.throughput.slope import Slope
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_CLIENTS: Final = 32
_SLICE_S: Final = 10.0


@dataclass(slots=True)
class Outcomes:
    """What became of the pictures.

    Attributes:
        counts: How many were answered, refused, failed.
        reasons: What refusals and failures said -> how many.
    """

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, one: Answered) -> None:
        """Count one picture."""
        self.counts[one.outcome] += 1
        if one.outcome != "answered":
            self.reasons[f"{one.outcome}: {one.reason}"] += 1


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
        samples, outcomes = _soaked(root, Path(folder), stack, options.minutes)
    made = table(samples, outcomes)
    sys.stdout.write(f"\n{made.as_text()}\n")
    (RESULTS / "soak.md").write_text(made.as_markdown() + "\n", encoding="utf-8")
    (RESULTS / "soak.json").write_text(json.dumps(values(samples, outcomes)), encoding="utf-8")
    hours = [seconds / 3600 for seconds in samples.seconds]
    plot_memory(hours, samples.groups("pss"), RESULTS / "soak.png")
    slope = samples.group_slope(ALL, "pss")
    return int(slope is not None and slope.is_growth)


def table(samples: Samples, outcomes: Outcomes) -> Table:
    """A row a group of processes, and one each where a group of the service has several."""
    begins, ends = samples.window_s
    private = samples.groups("pss")
    rows: list[tuple[str, ...]] = []
    for group, its in sorted(private.items(), key=lambda one: -one[1][-1]):
        slopes = samples.group_slope(group, "pss"), samples.group_slope(group, "rss")
        rows.append((group, "all", f"{its[0]:.0f}", f"{its[-1]:.0f}", *map(_told, slopes)))
        pids = samples.processes(group) if group != OTHERS else []
        for place, pid in enumerate(pids if len(pids) > 1 else (), 1):
            held = [*samples.process(pid, "pss").values()]
            slopes = samples.process_slope(pid, "pss"), samples.process_slope(pid, "rss")
            rows.append(
                (group, f"no. {place}", f"{held[0]:.0f}", f"{held[-1]:.0f}", *map(_told, slopes))
            )
    return Table(
        f"Memory over {ends / 60:.1f} minutes of full load",
        ("process", "", "PSS at first, MB", "at last", "MB/h", "RSS MB/h"),
        tuple(rows),
        (
            "Slopes with their 95 % interval, from minute "
            f"{begins / 60:.1f} to {ends / 60:.1f}: what comes before is the warm-up.",
            "Pictures: "
            + ", ".join(
                f"{outcomes.counts[outcome]} {outcome}"
                for outcome in ("answered", "refused", "failed")
            ),
            *(f"{count} x {reason}" for reason, count in outcomes.reasons.most_common()),
        ),
    )


def values(samples: Samples, outcomes: Outcomes) -> dict[str, Any]:
    """The same for JSON, with every look."""
    pids = {pid: one.group for seen in samples.looks for pid, one in seen.items()}
    return {
        "seconds": samples.seconds,
        "slope window s": samples.window_s,
        "PSS MB": samples.groups("pss"),
        "RSS MB": samples.groups("rss"),
        "processes": [
            {
                "pid": pid,
                "group": group,
                "PSS MB": [*samples.process(pid, "pss").items()],
                "RSS MB": [*samples.process(pid, "rss").items()],
            }
            for pid, group in pids.items()
        ],
        "outcomes": dict(outcomes.counts),
        "reasons": dict(outcomes.reasons),
    }


def _soaked(root: Path, folder: Path, stack: ExitStack, minutes: float) -> tuple[Samples, Outcomes]:
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
    samples, outcomes = Samples(), Outcomes()
    began = time.monotonic()
    bar = tqdm(total=round(60 * minutes), desc="soaking", unit="s")
    while (past := time.monotonic() - began) < 60 * minutes:
        some = served.measure(Cell("soak", "both", "720p", _CLIENTS), _SLICE_S)
        for one in some.asked:
            outcomes.add(one)
        samples.add(time.monotonic() - began, look(service.processes()))
        bar.update(round(time.monotonic() - began - past))
        bar.set_postfix_str(f"{sum(one.pss for one in samples.looks[-1].values()) / 1e6:.0f} MB")
    bar.close()
    return samples, outcomes


def _told(slope: Slope | None) -> str:
    return "-" if slope is None else f"{slope.growth:+.1f} ± {slope.uncertainty:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
