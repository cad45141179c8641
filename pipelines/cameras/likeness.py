"""How alike two plates or two faces are, seen a moment apart."""

from difflib import SequenceMatcher
from typing import Final

from pipelines.types import Vector

_TWINS: Final = str.maketrans("OI", "01")
"""Characters that many countries' plates do not tell apart."""

_SIMILARITY_OF_NOBODY: Final = 0.3
"""Cosine of two faces at which nobody can say; from LFW, SFace: strangers hardly reach it."""

_STEEPNESS: Final = 1.5

SURE: Final = 0.9
"""Confidence from which a plate's text tells it from those of its series."""

OTHER_FOR_SURE: Final = 0.0
"""Likeness of what is certainly another one."""


def folded(text: str) -> str:
    """A plate's text with O and I as 0 and 1."""
    return text.translate(_TWINS)


def same_characters(first: str, second: str) -> float:
    """Share of characters that two texts have in common, in their order, [0, 1]."""
    return SequenceMatcher(None, folded(first), folded(second), autojunk=False).ratio()


def one_apart(first: str, second: str) -> bool:
    """Whether one character was read otherwise, was left out or is too much, or none."""
    one, other = folded(first), folded(second)
    same = _same_start(one, other)
    one, other = one[same:][::-1], other[same:][::-1]
    return max(len(one), len(other)) - _same_start(one, other) <= 1


def same_face(first: Vector, second: Vector) -> float:
    """How sure it is that two faces are one person's, [0, 1]; 0.5 says nothing."""
    similarity = float(first @ second)
    return min(1.0, max(0.0, 0.5 + _STEEPNESS * (similarity - _SIMILARITY_OF_NOBODY)))


def _same_start(first: str, second: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
