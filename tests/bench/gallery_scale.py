"""Search over gallery size: our gallery beside exact FAISS, usearch and pgvector, in one run.

Writes a table, JSON and a figure to tests/bench/results. With a million drivers a run takes an hour
or two, 8 GB of memory and 8 GB of disk.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

from configs.settings import ROOT
from tests.bench import scale_report
from tests.bench.contender import ContenderFailed, VectorIndex
from tests.bench.face_cloud import FACES, IMPOSTOR_MEAN, IMPOSTOR_SPREAD, PROBE_COSINES
from tests.bench.peer import PeerUnavailable, install
from tests.bench.peer_indexes import USEARCH, ExactFaiss, Pgvector, Usearch
from tests.bench.scale_bench import RECALL, TUNING_PROBES, Bench, Maker
from tests.bench.scale_report import Size
from tests.postgresql import PostgresServer

RESULTS = ROOT / "tests/bench/results"
USEARCH_ENVIRONMENT = ROOT / ".venv-usearch"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PEERS = ("faiss", "usearch", "pgvector")

_LIMIT_S = 1800.0
_SHARED_BUFFERS = "2GB"


def main(arguments: Sequence[str]) -> int:
    """Runs the bench; returns the exit status."""
    options = parse(arguments)
    RESULTS.mkdir(exist_ok=True)
    began = time.monotonic()
    below = notes(options)
    sizes: list[Size] = []
    with ExitStack() as stack:
        makers = _peers(options.peers, stack)
        for size in options.sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-")))
            sizes.append(Bench(options, size, folder, makers).run())
            _keep(sizes, options, below)
    for table in scale_report.tables(sizes, below):
        sys.stdout.write(f"\n{table.as_text()}\n")
    sys.stdout.write(f"\n{time.monotonic() - began:.0f} s; results in {RESULTS}\n")
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="drivers, such as 1e3,1e4")
    parser.add_argument(
        "--peers", type=_peer_names, default=PEERS, help="some of faiss,usearch,pgvector; or none"
    )
    parser.add_argument("--probes", type=int, default=1_000, help="searches of each index")
    parser.add_argument("--registrations", type=int, default=300, help="at each size")
    parser.add_argument("--limit", type=float, default=_LIMIT_S, help="seconds for one build")
    parser.add_argument("--seed", type=int, default=1, help="decides all faces")
    parser.add_argument("--name", default="gallery-scale", help="of the files that are written")
    return parser.parse_args(arguments)


def notes(options: argparse.Namespace) -> tuple[str, ...]:
    """How it was measured, below the table."""
    low, high = PROBE_COSINES
    return (
        f"Invented vectors of 128 dimensions, {FACES} faces a driver, whose templates' cosines "
        f"have the mean ({IMPOSTOR_MEAN}) and spread ({IMPOSTOR_SPREAD}) of SFace templates of "
        f"different people; probes at a cosine of {low} to {high} to their driver's template. "
        "They say how fast and how completely the nearest template is found, not how well faces "
        "are told apart.",
        f"{options.probes:,} searches of each index, one probe at a time on one thread, a hundred "
        "of each index in turn; builds with two threads or processes. Recall@1: the exact nearest "
        f"driver comes first. Peers search as quickly as finds {RECALL} of "
        f"{TUNING_PROBES:,} other probes.",
        "Ours: the whole gallery over SQLite, whose head each search reads; its build is the start "
        "from the store. MiB: growth of the process; for pgvector the pages of table and indexes, "
        f"beside {_SHARED_BUFFERS} of shared buffers. fsync of PostgreSQL is off.",
        f"A build has {options.limit:.0f} s. {os.cpu_count()} cores; load before the run "
        f"{os.getloadavg()[0]:.1f}.",
    )


def _peers(names: Sequence[str], stack: ExitStack) -> dict[str, Maker]:
    makers: dict[str, Maker] = {}
    for name in names:
        if name == "faiss":
            makers["FAISS, exact"] = lambda _size: ExactFaiss
        elif name == "usearch":
            makers["usearch"] = _usearch()
        else:
            makers["pgvector"] = _pgvector(stack)
    return makers


def _usearch() -> Maker:
    try:
        python = install(USEARCH_ENVIRONMENT, USEARCH)
    except PeerUnavailable as error:
        reason = str(error)

        def missing(_size: int) -> Callable[[], VectorIndex]:
            raise ContenderFailed(reason)

        return missing
    (packages,) = python.parent.parent.glob("lib/python*/site-packages")
    return lambda _size: partial(Usearch, packages)


def _pgvector(stack: ExitStack) -> Maker:
    server = stack.enter_context(PostgresServer())
    with server.admin() as admin:
        admin.execute(f"ALTER SYSTEM SET shared_buffers = '{_SHARED_BUFFERS}'")
        admin.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
    server.crash()
    server.start()
    numbers = count(1)
    return lambda _size: partial(Pgvector, server.create(f"scale_{next(numbers)}"))


def _keep(sizes: Sequence[Size], options: argparse.Namespace, below: tuple[str, ...]) -> None:
    """After each size, so that a run that is cut off leaves what it has."""
    parts = [table.as_markdown() for table in scale_report.tables(sizes, below)]
    parts = ["# Search over gallery size", f"![over size]({options.name}.png)", *parts]
    target = RESULTS / options.name
    target.with_suffix(".md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    values = {"notes": below, "sizes": scale_report.values(sizes)}
    target.with_suffix(".json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    scale_report.plot(sizes, target.with_suffix(".png"))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(float(part)) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1_000:
        raise argparse.ArgumentTypeError(f"not numbers of drivers from 1000 on: {text}")
    return numbers


def _peer_names(text: str) -> tuple[str, ...]:
    names = () if text == "none" else tuple(text.split(","))
    if unknown := sorted(set(names).difference(PEERS)):
        raise argparse.ArgumentTypeError(f"no such peers: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
