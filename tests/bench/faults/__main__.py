"""``make chaos``: what each single fault does to a service under a steady load.

Two replicas of everything, the real models, PostgreSQL. Each fault is dealt once while pictures of
plates, photos of drivers and registrations come at a steady rate; then the failures are counted,
and every acknowledged registration is looked for. ``tests/bench/results`` gets ``faults.md``,
``faults.json`` and ``faults.png``.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Final

from tqdm import tqdm

from tests.bench.faults import report
from tests.bench.faults.blows import blows
from tests.bench.faults.run import await_whole, deal, service_in, streams
from tests.bench.faults.traffic import Stream, Traffic
from tests.bench.people import people
from tests.postgresql import PostgresServer
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_PICTURES: Final = 60
_SEED: Final = 1


def main(arguments: list[str]) -> int:
    """Runs the bench; returns 1 where a registration was lost, 2 where it cannot run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults", description=__doc__)
    parser.add_argument("--only", action="append", help="part of a fault's name; several times")
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    data = Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data"
    RESULTS.mkdir(exist_ok=True)
    with PostgresServer() as database, tempfile.TemporaryDirectory(prefix="gh-faults-") as folder:
        service = service_in(Path(folder), database.create("gallery"))
        service.start()
        try:
            await_whole(service)
            traffic = Traffic(int(service.url.rsplit(":", 1)[1]), _load(data))
            traffic.start()
            chosen = [
                one
                for one in blows(service, database)
                if not options.only or any(part in one.name for part in options.only)
            ]
            outcomes = [deal(service, traffic, blow) for blow in tqdm(chosen, desc="faults")]
            traffic.stop()
        finally:
            service.stop()
    table = report.table(outcomes)
    sys.stdout.write(f"{table.as_text()}\n")
    (RESULTS / "faults.md").write_text(table.as_markdown() + "\n", encoding="utf-8")
    (RESULTS / "faults.json").write_text(
        json.dumps(report.values(outcomes), indent=1) + "\n", encoding="utf-8"
    )
    report.plot(outcomes, traffic.sent, RESULTS / "faults.png")
    return int(any(one.kept.lost for one in outcomes))


def _load(data: Path) -> dict[str, Stream]:
    vehicles = sorted((data / "plates/detect/images").iterdir())
    drivers = people(data / "faces", seed=_SEED).drivers
    names = sorted(drivers)
    random.Random(_SEED).shuffle(names)
    half = len(names) // 2
    return streams(
        random.Random(_SEED).sample(vehicles, _PICTURES),
        [drivers[name][0] for name in names[:half]],
        {name: drivers[name] for name in names[half:]},
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
