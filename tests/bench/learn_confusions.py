"""Counts what the shipped reader takes for what, for ``pipelines/plate_matching``.

``GATEHOUSE_DATA=... python -m tests.bench.learn_confusions`` reads the development crops that are
not for tests, worn at several resolutions, and writes ``confusions.json``.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

from pipelines.plate_alphabet import ALPHABET, fold
from pipelines.plate_matching.confusions import TABLE
from tests.bench.characters import confusions, edit_distance
from tests.bench.worn_crops import HEIGHTS, labelled_crops, read_worn

_MOST_WRONG = 0.5
"""Share of wrong characters from which a reading says nothing of its characters."""


def main() -> int:
    """Writes the table; returns the exit status."""
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    root = Path(os.environ["GATEHOUSE_DATA"]).resolve()
    pairs = []
    for text, plate in read_worn(labelled_crops(root, ("training", "validation")), 2, seed=1):
        truth = "".join(map(fold, text))
        read = "".join(map(fold, plate.reading.text))
        if read and edit_distance(truth, read) <= _MOST_WRONG * len(truth):
            pairs.append((truth, read))
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (true, seen), times in sorted(confusions(pairs).items()):
        if set(true + seen) <= set(ALPHABET):
            counts[true][seen] = times
    table = {
        "source": "the shipped plate reader on the training and validation crops of the "
        f"development plates, each twice at {len(HEIGHTS)} heights of {HEIGHTS[0]} to "
        f"{HEIGHTS[-1]} px with noise and JPEG (python -m tests.bench.learn_confusions)",
        "readings": len(pairs),
        "counts": counts,
    }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(pairs)} readings counted in {TABLE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
