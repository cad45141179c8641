"""Fuzzes the picture path: ``make fuzz``.

Twice as many mutated pictures as asked for are looked at, half of them by pure chance and half
guided by coverage, each half in a process of its own, so that the end of one is a finding too.
A finding is an exception that is no refusal by name, a process that ends, a picture that takes
longer than ``CPU_LIMIT_S``, or memory that grows. Its picture is kept. Memory is compared in the
half by chance: the instrumentation that the other half needs keeps some for itself.

Run: ``python -m tests.fuzz.pictures [--pictures N] [--record FILE]``
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from configs.settings import ROOT
from tests.fuzz.picture_target import CURRENT, REPORT

_MODULES: Final = {"chance": "tests.fuzz.picture_target", "coverage": "tests.fuzz.guided_target"}
_MAX_GROWTH_MIB: Final = 16
_TIMEOUT_S: Final = 3600
_LINES_SHOWN: Final = 12


def main(arguments: list[str]) -> int:
    """Fuzzes both ways; returns 1 where there is a finding."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.pictures")
    parser.add_argument("--pictures", type=int, default=20_000, help="of each half")
    parser.add_argument("--record", type=Path, help="JSON file for the figures")
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    findings: list[str] = []
    for half, module in _MODULES.items():
        kept = Path(tempfile.mkdtemp(prefix=f"gatehouse-fuzz-{half}-"))
        figures[half], finding = fuzz(module, kept, options.pictures)
        if half == "chance" and figures[half].get("memory_growth_mib", 0) > _MAX_GROWTH_MIB:
            finding = f"memory grew by {figures[half]['memory_growth_mib']} MiB"
        if finding:
            findings.append(f"{half}: {finding} (see {kept})")
        else:
            shutil.rmtree(kept)
        sys.stdout.write(f"{half}: {json.dumps(figures[half])}\n")
    figures["findings"] = findings
    if options.record:
        text = json.dumps(figures, indent=2)
        options.record.write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{len(findings)} findings\n" + "".join(f"{one}\n" for one in findings))
    return 1 if findings else 0


def fuzz(module: str, folder: Path, pictures: int) -> tuple[dict[str, Any], str]:
    """Runs a target to its end.

    Args:
        module: The target.
        folder: Where its report, its log and the picture of a finding go.
        pictures: How many to look at.

    Returns:
        Its figures, empty where it did not come to an end, and what it found, empty for nothing.
    """
    log = folder / "log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", module, folder, str(pictures)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_S,
            check=False,
        )
    report = folder / REPORT
    if done.returncode == 0 and report.exists():
        return json.loads(report.read_text(encoding="utf-8")), ""
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES_SHOWN:]
    kept = f"exit status {done.returncode}; the picture is {CURRENT}, or what begins with crash"
    return {}, "\n".join([kept, *last])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
