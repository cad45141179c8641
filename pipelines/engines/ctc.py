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

_MOST_LIKELY: Final = 6
"""Characters followed in a frame; bounds the cost of noise."""

_LEAST_SHARE: Final = 1e-4
"""Beams below this share of the likeliest are dropped."""

_FLOOR: Final = 1e-12
"""Of a frame's probabilities where a given text is looked for."""


@dataclass(frozen=True, slots=True)
class LineText:
    """One way to read a line.

    Attributes:
        text: Characters of ``ALPHABET``.
        probability: Of this text given the frames, summed over its alignments, [0, 1].
        char_confidences: The highest frame probability of each character, [0, 1].
        places: The frame in which each character is likeliest.
    """

    text: str
    probability: float
    char_confidences: tuple[float, ...]
    places: tuple[int, ...] = ()


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


Seen = tuple[tuple[float, int], ...]
"""The highest probability of each character and the frame that has it."""


@dataclass(slots=True)
class _Beam:
    """Probabilities of a prefix's alignments that end in blank, or in its last character."""

    blank: float = 0.0
    character: float = 0.0
    seen: Seen = ()
    strongest: float = 0.0

    @property
    def total(self) -> float:
        return self.blank + self.character

    def add(self, seen: Seen, *, blank: float = 0.0, character: float = 0.0) -> None:
        self.blank += blank
        self.character += character
        if blank + character > self.strongest:
            self.strongest = blank + character
            self.seen = seen


def decode(frames: NDArray[np.float32], most: int) -> tuple[LineText, ...]:
    """Read one line by prefix beam search.

    Args:
        frames: ``(T, 1 + 36)`` probabilities of blank and the characters of ``ALPHABET``.
        most: Most texts returned.

    Returns:
        Texts by falling probability, at least one; the first may be empty.
    """
    beams = {"": _Beam(blank=1.0, strongest=1.0)}
    likely: list[list[tuple[str, float]]] = [[] for _ in frames]
    least = np.partition(frames[:, 1:], -_MOST_LIKELY, axis=1)[:, -_MOST_LIKELY, None]
    followed = frames[:, 1:] >= np.maximum(least, _LEAST_PROBABILITY)
    for place, symbol in np.argwhere(followed).tolist():
        likely[place].append((ALPHABET[symbol], float(frames[place, symbol + 1])))
    gap = 1.0
    for place, blank in enumerate(frames[:, 0].tolist()):
        if not likely[place]:
            gap *= blank
            continue
        if place and not likely[place - 1]:
            _pass_over(beams, gap)
            gap = 1.0
        beams = _step(beams, place, blank, likely[place])
    _pass_over(beams, gap)
    best = sorted(beams.items(), key=lambda item: (-item[1].total, item[0]))[:most]
    return tuple(
        LineText(
            text,
            min(beam.total, 1.0),
            tuple(min(confidence, 1.0) for confidence, _ in beam.seen),
            tuple(place for _, place in beam.seen),
        )
        for text, beam in best
    )


def log_probabilities(frames: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
    """Return how likely given texts are: the forward algorithm of CTC (Graves et al., 2006).

    Args:
        frames: ``(T, 1 + 36)`` probabilities of blank and the characters of ``ALPHABET``.
        texts: Characters of ``ALPHABET`` only.

    Returns:
        ``(N,)`` natural logarithms of each text's probability, summed over its alignments.
    """
    if not texts:
        return np.zeros(0)
    longest = max(len(text) for text in texts)
    labels = np.zeros((len(texts), 2 * longest + 1), dtype=np.intp)
    for row, text in zip(labels, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [1 + ALPHABET.index(character) for character in text]
    skips = np.zeros(labels.shape, dtype=np.float64)
    skips[:, 2:] = (labels[:, 2:] != 0) & (labels[:, 2:] != labels[:, :-2])
    emitted = np.clip(frames, _FLOOR, 1.0).astype(np.float64)[:, labels]
    paths = np.zeros((len(texts), labels.shape[1] + 2))  # two columns of nothing on the left
    paths[:, 2:4] = emitted[0, :, :2]
    for emission in emitted[1:]:
        paths[:, 2:] = (paths[:, 2:] + paths[:, 1:-1] + skips * paths[:, :-2]) * emission
    ends = 2 + 2 * np.array([len(text) for text in texts])
    rows = np.arange(len(texts))
    last = np.where(ends > 2, paths[rows, ends - 1], 0.0)
    logs: NDArray[np.float64] = np.log(np.maximum(paths[rows, ends] + last, 1e-300))
    return logs


def _pass_over(beams: dict[str, _Beam], blank: float) -> None:
    """Let all beams end in blank, with the probability of some frames of blank alone."""
    for beam in beams.values():
        beam.blank, beam.character = beam.total * blank, 0.0


def _step(
    beams: dict[str, _Beam], place: int, blank: float, likely: Sequence[tuple[str, float]]
) -> dict[str, _Beam]:
    grown: dict[str, _Beam] = {}

    def at(text: str) -> _Beam:
        return grown.setdefault(text, _Beam())

    for text, beam in beams.items():
        at(text).add(beam.seen, blank=beam.total * blank)
        for character, probability in likely:
            longer = (*beam.seen, (probability, place))
            if text[-1:] != character:
                at(text + character).add(longer, character=beam.total * probability)
                continue
            stronger = (*beam.seen[:-1], max(beam.seen[-1], (probability, place)))
            at(text).add(stronger, character=beam.character * probability)
            at(text + character).add(longer, character=beam.blank * probability)
    least = _LEAST_SHARE * max((beam.total for beam in grown.values()), default=0.0)
    possible = [(text, beam) for text, beam in grown.items() if beam.total > least]
    return dict(sorted(possible, key=lambda item: -item[1].total)[:_BEAMS])
