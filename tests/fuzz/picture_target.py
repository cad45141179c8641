"""Looks at mutated pictures one after the other and counts; ``tests.fuzz.pictures`` starts it.

Run: ``python -m tests.fuzz.picture_target FOLDER RUNS``
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.fuzz.cost import CPU_LIMIT_S, memory_mib
from tests.fuzz.mutations import mutated
from tests.fuzz.picture_path import PicturePath
from tests.fuzz.seeds import seeds

REPORT: Final = "report.json"
CURRENT: Final = "current"
"""In the folder: the picture that is looked at, for when the process does not survive it."""

_WARM_AFTER = 10_000
"""Pictures until every cache is filled; memory is compared with then."""


class Target:
    """Looks at one picture after the other, and reports after the last.

    Args:
        folder: Where the report goes.
        runs: How many pictures.
        compare_memory: Whether the report tells how memory grew.
    """

    def __init__(self, folder: Path, runs: int, *, compare_memory: bool = True) -> None:
        self._folder = folder
        self._runs = runs
        self._compare_memory = compare_memory
        self._path = PicturePath()
        self._outcomes: Counter[str] = Counter()
        self._slowest_s = 0.0
        self._warm_mib = 0.0
        self._began = time.monotonic()

    def __call__(self, data: bytes) -> None:
        """Looks at a picture.

        Raises:
            Exception: A finding.
        """
        began = time.process_time()
        self._outcomes[self._path(data)] += 1
        took_s = time.process_time() - began
        self._slowest_s = max(self._slowest_s, took_s)
        assert took_s < CPU_LIMIT_S, f"{took_s:.1f} s for one picture"
        seen = self._outcomes.total()
        if seen == min(_WARM_AFTER, self._runs):
            self._warm_mib = memory_mib()
        if seen == self._runs:
            self._write_report()

    def _write_report(self) -> None:
        figures: dict[str, Any] = {
            "pictures": self._runs,
            "outcomes": dict(self._outcomes.most_common()),
            "slowest_ms": round(1000 * self._slowest_s, 1),
            "duration_s": round(time.monotonic() - self._began, 1),
        }
        if self._compare_memory:
            figures["memory_mib"] = round(self._warm_mib, 1)
            figures["memory_growth_mib"] = round(memory_mib() - self._warm_mib, 1)
        (self._folder / REPORT).write_text(json.dumps(figures), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Looks at the mutated pictures of the first so many random numbers."""
    folder, runs = Path(arguments[0]), int(arguments[1])
    target, sound = Target(folder, runs), list(seeds())
    for number in range(runs):
        random = Random(number)
        data = mutated(random.choice(sound), random, sound)
        (folder / CURRENT).write_bytes(data)
        target(data)


if __name__ == "__main__":
    main(sys.argv[1:])
