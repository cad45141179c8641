"""``make chaos``: what faults and overload do to a service.

Two replicas of everything, the real models, PostgreSQL. Each fault is dealt once while pictures of
plates, photos of drivers and registrations come at a steady rate; then the failures are counted,
and every acknowledged registration is looked for. Last, up to ten times the load that the service
can answer is offered. ``tests/bench/results`` gets ``faults.md``, ``faults.json``, ``faults.png``,
``overload.md`` and ``overload.json``.

``--sleeping-ms`` makes the engines sleep instead, as if each had a processor of its own, and
``--max-wait-s`` changes ``limits.max_wait_s``.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from tests.bench.faults import overload_report, report
from tests.bench.faults.blows import Blow, blows
from tests.bench.faults.overload import NAME, overload, pictures
from tests.bench.faults.run import Arguments, Outcome, await_whole, deal, service_in, streams
from tests.bench.faults.traffic import Traffic
from tests.bench.people import people
from tests.bench.tables import Table
from tests.postgresql import PostgresServer
from tests.serve.service import ROOT, Service

RESULTS: Final = ROOT / "tests/bench/results"
_PICTURES: Final = 60
_SEED: Final = 1


def main(arguments: list[str]) -> int:
    """Runs the bench; returns 1 where a promise is broken, 2 where it cannot run.

    The promises: no acknowledged registration is lost, and whatever is sent beyond the capacity is
    answered or refused in words.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults", description=__doc__)
    parser.add_argument(
        "--only", action="append", help=f'part of a fault\'s name, or "{NAME}"; several times'
    )
    parser.add_argument("--times", type=int, default=1, help="each fault so often")
    parser.add_argument(
        "--sleeping-ms", type=float, help="engines that sleep so long a call instead of computing"
    )
    parser.add_argument("--max-wait-s", type=_seconds_or_null, default=..., help="or null")
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    data = Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    RESULTS.mkdir(exist_ok=True)
    broken = False

    def is_wanted(name: str) -> bool:
        return not options.only or any(part in name for part in options.only)

    with PostgresServer() as database, tempfile.TemporaryDirectory(prefix="gh-faults-") as folder:
        service = service_in(Path(folder), database.create("gallery"), _changes(options))
        service.start()
        try:
            await_whole(service)
            if chosen := [one for one in blows(service, database) if is_wanted(one.name)]:
                broken = _faults(service, data, chosen * options.times)
            if is_wanted(NAME):
                broken = _overload(service, data) or broken
        finally:
            service.stop()
    return int(broken)


def _seconds_or_null(said: str) -> float | None:
    return None if said == "null" else float(said)


def _changes(options: argparse.Namespace) -> Arguments:
    """What the bench is to have otherwise than ``serve_config.yaml``."""
    changes: dict[str, dict[str, Any]] = {}
    if options.sleeping_ms is not None:
        asleep = {"engine": "fake", "simulated_ms": options.sleeping_ms}
        changes |= dict.fromkeys(("plate_detector", "plate_reader", "face_encoder"), asleep)
    if options.max_wait_s is not ...:
        changes["limits"] = {"max_wait_s": options.max_wait_s}
    return changes


def _faults(service: Service, data: Path, chosen: Sequence[Blow]) -> bool:
    """Whether a registration was lost."""
    names, drivers = _drivers(data)
    half = len(names) // 2
    known = [drivers[name][0] for name in names[:half]]
    load = streams(_vehicles(data), known, {name: drivers[name] for name in names[half:]})
    traffic = Traffic(int(service.url.rsplit(":", 1)[1]), load)
    traffic.start()
    outcomes: list[Outcome] = [deal(service, traffic, one) for one in tqdm(chosen, desc="faults")]
    traffic.stop()
    _keep("faults", report.table(outcomes), report.values(outcomes))
    report.plot(outcomes, traffic.sent, RESULTS / "faults.png")
    return any(one.kept.lost for one in outcomes)


def _overload(service: Service, data: Path) -> bool:
    """Whether anything was neither answered nor refused, or refused without a time."""
    names, drivers = _drivers(data)
    photos = [drivers[name][0] for name in names[:_PICTURES]]
    seen = overload(service, pictures(_vehicles(data), photos))
    _keep(NAME, overload_report.table(seen), overload_report.values(seen))
    return any(
        step.failed or step.with_retry_after < sum(step.refused.values()) for step in seen.steps
    )


def _keep(name: str, table: Table, values: Any) -> None:
    sys.stdout.write(f"{table.as_text()}\n")
    (RESULTS / f"{name}.md").write_text(table.as_markdown() + "\n", encoding="utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _vehicles(data: Path) -> list[Path]:
    every = sorted((data / "plates/detect/images").iterdir())
    return random.Random(_SEED).sample(every, _PICTURES)


def _drivers(data: Path) -> tuple[list[str], dict[str, list[Path]]]:
    """Names in an order of chance, and the photos of each."""
    drivers = people(data / "faces", seed=_SEED).drivers
    names = sorted(drivers)
    random.Random(_SEED).shuffle(names)
    return names, drivers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
