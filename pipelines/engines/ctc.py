"""Decoding of CTC outputs over the characters of a plate.

A recogniser knows thousands of classes, a plate has 36 characters. The probabilities of all classes
that stand for the same character (``a``, ``Á`` and ``A``) are summed, and every other class counts
as CTC's blank, so that a hyphen, a space or an emblem separates characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.plate_alphabet import ALPHABET, fold

_BEAMS: Final = 12
_LEAST_PROBABILITY: Final = 1e-3
"""Characters below this in a frame are not followed."""


@dataclass(frozen=True, slots=True)
class LineText:
    """One way to read a line.

    Attributes:
        text: Characters of ``ALPHABET``.
        probability: Of this text given the frames, summed over its alignments, [0, 1].
        char_confidences: The highest frame probability of each character, [0, 1].
    """

    text: str
    probability: float
    char_confidences: tuple[float, ...]


EMPTY_LINE: Final = LineText("", 1.0, ())


class PlateClasses:
    """Folds a recogniser's classes into blank and the characters of ``ALPHABET``."""

    def __init__(self, classes: Sequence[str]) -> None:
        """Take the recogniser's class names in order; the first is CTC's blank.

        Raises:
            ValueError: No class stands for a character of a plate.
        """
        folded = [fold(name) for name in classes[1:]]
        self._kept = np.array([i for i, name in enumerate(folded, 1) if name], dtype=np.intp)
        if not len(self._kept):
            raise ValueError("the recogniser's classes hold no letter or digit of a plate")
        symbols = [ALPHABET.index(name) for name in folded if name]
        self._fold = np.zeros((len(symbols), len(ALPHABET)), dtype=np.float32)
        self._fold[np.arange(len(symbols)), symbols] = 1.0

    def __call__(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fold ``(..., classes)`` probabilities into ``(..., 1 + 36)``, blank first."""
        symbols = probabilities[..., self._kept] @ self._fold
        blank = np.clip(1.0 - symbols.sum(axis=-1, keepdims=True), 0.0, 1.0)
        return np.concatenate([blank, symbols], axis=-1, dtype=np.float32)


@dataclass(slots=True)
class _Beam:
    """Probabilities of a prefix's alignments that end in blank, or in its last character."""

    blank: float = 0.0
    character: float = 0.0
    confidences: tuple[float, ...] = ()
    strongest: float = 0.0

    @property
    def total(self) -> float:
        return self.blank + self.character

    def add(
        self, confidences: tuple[float, ...], *, blank: float = 0.0, character: float = 0.0
    ) -> None:
        self.blank += blank
        self.character += character
        if blank + character > self.strongest:
            self.strongest = blank + character
            self.confidences = confidences


def decode(frames: NDArray[np.float32], most: int) -> tuple[LineText, ...]:
    """Read one line by prefix beam search.

    Args:
        frames: ``(T, 1 + 36)`` probabilities of blank and the characters of ``ALPHABET``.
        most: Most texts returned.

    Returns:
        Texts by falling probability, at least one; the first may be empty.
    """
    beams = {"": _Beam(blank=1.0, strongest=1.0)}
    for frame in frames:
        likely = [
            (ALPHABET[symbol], float(frame[symbol + 1]))
            for symbol in np.flatnonzero(frame[1:] >= _LEAST_PROBABILITY)
        ]
        beams = _step(beams, float(frame[0]), likely)
    best = sorted(beams.items(), key=lambda item: (-item[1].total, item[0]))[:most]
    return tuple(
        LineText(text, min(beam.total, 1.0), tuple(min(c, 1.0) for c in beam.confidences))
        for text, beam in best
    )


def _step(
    beams: dict[str, _Beam], blank: float, likely: Sequence[tuple[str, float]]
) -> dict[str, _Beam]:
    grown: dict[str, _Beam] = {}

    def at(text: str) -> _Beam:
        return grown.setdefault(text, _Beam())

    for text, beam in beams.items():
        at(text).add(beam.confidences, blank=beam.total * blank)
        for character, probability in likely:
            longer = (*beam.confidences, probability)
            if text[-1:] != character:
                at(text + character).add(longer, character=beam.total * probability)
                continue
            stronger = (*beam.confidences[:-1], max(beam.confidences[-1], probability))
            at(text).add(stronger, character=beam.character * probability)
            at(text + character).add(longer, character=beam.blank * probability)
    possible = [(text, beam) for text, beam in grown.items() if beam.total > 0.0]
    return dict(sorted(possible, key=lambda item: -item[1].total)[:_BEAMS])
