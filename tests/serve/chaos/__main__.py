"""``make bench-chaos``: kills a service under load every few seconds and counts broken promises."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.serve.chaos.databases import KINDS
from tests.serve.chaos.run import Plan, run


def main(arguments: list[str]) -> int:
    """Runs one plan; returns 1 when any promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.serve.chaos", description=__doc__)
    parser.add_argument("--database", choices=sorted(KINDS), default="sqlite")
    parser.add_argument(
        "--operations", type=int, default=1000, help="registrations, updates and erasures"
    )
    parser.add_argument(
        "--shards", type=int, default=1, help="index deployments that share the drivers"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=270.0, help="longest load")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-chaos-"))
    plan = Plan(
        options.database,
        options.operations,
        options.seed,
        limit_s=options.limit_s,
        shards=options.shards,
    )
    report = run(plan, folder)
    sys.stdout.write(report.text())
    if report.violated:
        sys.stdout.write(f"\nits files are kept in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
