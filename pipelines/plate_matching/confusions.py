"""What the plate reader takes for what: counts of characters, made into probabilities.

``confusions.json`` counts how the shipped reader read each character of worn development plates:
true character -> character read -> how often, ``""`` for none. ``python -m
tests.bench.learn_confusions`` makes it.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.plate_alphabet import ALPHABET

NOTHING: Final = ""
TABLE: Final = Path(__file__).with_name("confusions.json")

_SMOOTHING: Final = 0.5
"""Added to every count: what was seen once or never may as well be the other way round."""

_CODES: Final = {character: code for code, character in enumerate(ALPHABET)}


@dataclass(frozen=True, slots=True, eq=False)
class Confusions:
    """Probabilities, characters by their place in ``ALPHABET``.

    Attributes:
        frequency: ``(36,)`` float32: of a true character among all.
        instead: ``(36, 36)`` float32: of the true character in a row where the column's one was
            read wrongly; columns sum to 1, the diagonal is 0.
        left_out: ``(36,)`` float32: that a true character is not read at all.
        made_up: ``(36,)`` float32: that a character is read beside the true ones.
    """

    frequency: NDArray[np.float32]
    instead: NDArray[np.float32]
    left_out: NDArray[np.float32]
    made_up: NDArray[np.float32]


def codes_of(text: str) -> NDArray[np.uint8]:
    """``(L,)`` uint8 places in ``ALPHABET``.

    Raises:
        KeyError: A character is none of them.
    """
    return np.array([_CODES[character] for character in text], np.uint8)


@cache
def shipped_confusions() -> Confusions:
    """Those of the reader that is shipped."""
    return confusions_of(json.loads(TABLE.read_text(encoding="utf-8"))["counts"])


def confusions_of(counts: dict[str, dict[str, int]]) -> Confusions:
    """Probabilities of counts: true character -> character read -> how often."""
    size = len(ALPHABET)
    pairs = np.full((size, size), _SMOOTHING)
    left_out, made_up = np.full(size, _SMOOTHING), np.full(size, _SMOOTHING)
    for true, row in counts.items():
        for read, times in row.items():
            if true == NOTHING:
                made_up[_CODES[read]] += times
            elif read == NOTHING:
                left_out[_CODES[true]] += times
            else:
                pairs[_CODES[true], _CODES[read]] += times
    seen = pairs.sum(axis=1) + left_out
    wrong = pairs * (1.0 - np.eye(size))
    return Confusions(
        frequency=(seen / seen.sum()).astype(np.float32),
        instead=(wrong / wrong.sum(axis=0)).astype(np.float32),
        left_out=(left_out / seen).astype(np.float32),
        made_up=(made_up / pairs.sum(axis=0)).astype(np.float32),
    )
