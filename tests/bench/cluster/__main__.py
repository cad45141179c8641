"""``make bench-cluster``: three hosts on this machine, and what they do when parts of them go.

The hosts are namespaces with their own network, processes and disks; PostgreSQL, an S3 server
(moto's), a balancer and the callers are outside of them. The application is that of
``configs/cluster_gpu.yaml`` without GPUs. Needs root on Linux. ``tests/bench/results`` gets
``cluster.md``, ``cluster.json`` and a plot of each phase; phases that did not run keep theirs.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.cluster import report
from tests.bench.cluster.phases import PHASES
from tests.bench.cluster.run import run
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_INSIDE: Final = "--inside"
_NAMESPACES: Final = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def main(arguments: list[str]) -> int:
    """Runs the bench; returns 1 where a registration was lost, 2 where it cannot run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", action="append", choices=list(PHASES), help="several times")
    parser.add_argument(_INSIDE, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    if os.geteuid() != 0:
        sys.stderr.write("only root may make namespaces: run it as root\n")
        return 2
    if options.inside is None:
        return _in_namespaces(arguments)
    file = RESULTS / "cluster.json"
    values = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    chosen = [name for name in PHASES if name in (options.only or PHASES)]
    for name, outcome in run(Path(options.inside), chosen):
        values[name] = report.values(outcome)
        RESULTS.mkdir(exist_ok=True)
        file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        report.plot(values[name], RESULTS / f"cluster-{name}.png")
        sys.stdout.write(f"{report.strips(values[name])}\n")
        sys.stdout.flush()
    phases = [values[name] for name in PHASES if name in values]
    table = report.table(phases)
    drawn = "".join(f"\n```\n{report.strips(one)}\n```\n" for one in phases)
    (RESULTS / "cluster.md").write_text(f"{table.as_markdown()}\n{drawn}", encoding="utf-8")
    sys.stdout.write(f"{table.as_text()}\n")
    return int(any(one["registrations_lost"] for one in phases))


def _in_namespaces(arguments: list[str]) -> int:
    """Runs this program again in namespaces that end with it, whatever ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="gh-cluster-") as folder:
        Path(folder).chmod(0o755)  # the database runs as another user
        again = [sys.executable, "-m", "tests.bench.cluster", *arguments, _INSIDE, folder]
        inside = subprocess.Popen(
            ["unshare", *_NAMESPACES, *again], env={**os.environ, "TMPDIR": folder}
        )
        try:
            return inside.wait()
        finally:
            inside.kill()
            inside.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
