"""Readings compared with the true text character by character."""

from collections import Counter
from collections.abc import Iterable

NOTHING = ""
"""Stands for the missing side of a character that was left out or made up."""


def aligned(truth: str, read: str) -> list[tuple[str, str]]:
    """Pairs the characters of two texts with the fewest edits (Levenshtein 1966).

    Of several ways with equally few edits, substitutions are preferred.

    Returns:
        True and read characters in order; one of the two is empty where a character was left out
        or made up.
    """
    costs = _costs(truth, read)
    pairs = []
    row, column = len(truth), len(read)
    while row or column:
        here = costs[row][column]
        if row and column:
            differs = truth[row - 1] != read[column - 1]
            if here == costs[row - 1][column - 1] + differs:
                row, column = row - 1, column - 1
                pairs.append((truth[row], read[column]))
                continue
        if row and here == costs[row - 1][column] + 1:
            row -= 1
            pairs.append((truth[row], NOTHING))
        else:
            column -= 1
            pairs.append((NOTHING, read[column]))
    return pairs[::-1]


def edit_distance(truth: str, read: str) -> int:
    """Fewest characters to substitute, leave out or add that make one text the other."""
    return _costs(truth, read)[-1][-1]


def confusions(texts: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How often each true character was read as which, over pairs of true and read text."""
    return Counter(pair for truth, read in texts for pair in aligned(truth, read))


def _costs(truth: str, read: str) -> list[list[int]]:
    rows = [list(range(len(read) + 1))]
    for index, wanted in enumerate(truth, 1):
        row = [index]
        for column, seen in enumerate(read, 1):
            row.append(
                min(rows[-1][column - 1] + (wanted != seen), rows[-1][column] + 1, row[-1] + 1)
            )
        rows.append(row)
    return rows
