"""What several looks at one plate say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.ctc import LineText, decode, log_probabilities
from pipelines.engines.plate_recogniser import STEPS_PER_ROW, Recognition

MOST_LOOKED_AT: Final = 5
"""Texts taken from each look."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The small reader's looks at one crop, at least one; texts compare by their mean logarithm."""

    looks: tuple[Recognition, ...]

    def texts(self) -> tuple[LineText, ...]:
        """Return the likeliest texts of all looks, best first; one may be empty.

        Their probabilities are geometric means over the looks, so that looks which disagree leave
        a low one. Characters' confidences and places are those of the look most sure of the text.
        """
        ways: dict[str, LineText] = {}
        for look in self.looks:
            for way in decode(look.frames, MOST_LOOKED_AT):
                if way.text not in ways or way.probability > ways[way.text].probability:
                    ways[way.text] = way
        if len(self.looks) > 1:
            logs = self.log_probabilities(list(ways))
            means = np.exp(np.minimum(logs, 0.0)).tolist()
            ways = {
                text: replace(ways[text], probability=mean)
                for text, mean in zip(ways, means, strict=True)
            }
        return tuple(sorted(ways.values(), key=lambda way: (-way.probability, way.text)))

    def log_probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how likely given texts are, ``(N,)`` natural logarithms, means over the looks."""
        logs = np.stack([log_probabilities(look.frames, texts) for look in self.looks])
        means: NDArray[np.float64] = logs.mean(axis=0)
        return means

    def regions(self) -> NDArray[np.float32]:
        """Return the probabilities of the recogniser's regions, ``(R,)``, means over the looks."""
        means: NDArray[np.float32] = np.mean([look.regions for look in self.looks], axis=0)
        return means


def lines(way: LineText) -> tuple[str, ...]:
    """Return a text row by row."""
    upper = sum(place < STEPS_PER_ROW for place in way.places)
    return tuple(row for row in (way.text[:upper], way.text[upper:]) if row)
