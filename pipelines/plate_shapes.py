"""Templates of plate patterns, expanded into shapes of fixed length and matched against texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log10
from string import digits
from typing import Final

from pipelines.plate_patterns import PlatePattern

_TOKEN: Final = re.compile(
    r"(?P<slot>[LD@]|\[[A-Z0-9]+\]|[ .-])(?:\{(?P<least>\d)(?:,(?P<most>\d))?\}|(?P<maybe>\?))?"
)

_CONFUSIONS: Final = (
    ("O0", 1),
    ("I1", 1),
    ("Q0", 1),
    ("B8", 2),
    ("S5", 2),
    ("Z2", 2),
    ("G6", 2),
    ("D0", 3),
    ("L1", 3),
    ("A4", 3),
    ("T7", 3),
)
"""A letter and the digit that it is read as or from, and how far a change strains belief."""


def _likes() -> dict[str, tuple[tuple[str, int], ...]]:
    likes: dict[str, tuple[tuple[str, int], ...]] = {}
    for (letter, digit), strain in _CONFUSIONS:
        likes[letter] = (*likes.get(letter, ()), (digit, strain))
        likes[digit] = (*likes.get(digit, ()), (letter, strain))
    return likes


_LIKES: Final = _likes()


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern at one length.

    Attributes:
        pattern: The row it comes from.
        slots: Allowed characters, one a character of the text.
        separators: ``(position, separator)``: what the formatted text shows before a position.
        area: Where the area code lies, as a slice of the text, or None.
        likelihood: Base-10 logarithm of the pattern's weight over the number of texts that it
            allows, shared by the lengths that it comes in: higher is more specific.
    """

    pattern: PlatePattern
    slots: tuple[frozenset[str], ...]
    separators: tuple[tuple[int, str], ...]
    area: slice | None
    likelihood: float

    def matches(self, text: str) -> bool:
        """Whether the text, of this shape's length, has this shape."""
        if self.area is not None and text[self.area] not in self.pattern.areas:
            return False
        return all(character in slot for character, slot in zip(text, self.slots, strict=True))

    def format(self, text: str) -> str:
        """Return the text with its separators."""
        parts, start = [], 0
        for position, separator in self.separators:
            parts += [text[start:position], separator]
            start = position
        return "".join([*parts, text[start:]])

    def mended(self, text: str, fixed: Sequence[bool], most_strain: int) -> tuple[int, str] | None:
        """Return ``(strain, text)`` for the least change that gives a text this shape, or None.

        Args:
            text: As long as this shape.
            fixed: One a character: True where it must not change.
            most_strain: Bound on the sum over the changed characters: 1 for O and 0, 2 for B and
                8, 3 for T and 7.
        """
        choices: list[tuple[tuple[str, int], ...]] = []
        for character, slot, kept in zip(text, self.slots, fixed, strict=True):
            likes = (() if kept else _LIKES.get(character, ())) if character not in slot else ()
            options = (
                ((character, 0),)
                if character in slot
                else tuple((like, strain) for like, strain in likes if like in slot)
            )
            if not options:
                return None
            choices.append(options)
        if sum(min(strain for _, strain in options) for options in choices) > most_strain:
            return None
        found = (
            (sum(strain for _, strain in chosen), "".join(like for like, _ in chosen))
            for chosen in product(*choices)
        )
        fits = [(strain, mended) for strain, mended in found if self.matches(mended)]
        best = min(fits, default=None)
        return best if best is not None and best[0] <= most_strain else None


def expand(pattern: PlatePattern) -> tuple[Shape, ...]:
    """Return every shape of fixed length that a pattern's template allows.

    Raises:
        ValueError: The template is not written in the language of ``plate_patterns``.
    """
    tokens = list(_tokens(pattern.template))
    area_lengths = sorted({len(area) for area in pattern.areas}) if "@" in pattern.template else [0]
    counts = [list(range(least, most + 1)) for _, least, most in tokens]
    drafts = []
    for area_length, *repeats in product(area_lengths, *counts):
        slots = [
            slot for (slot, _, _), n in zip(tokens, repeats, strict=True) for slot in [slot] * n
        ]
        drafts.append(_draft(pattern, slots, area_length))
    share = log10(len(drafts))
    return tuple(
        Shape(pattern, slots, separators, area, log10(pattern.weight) - size - share)
        for slots, separators, area, size in drafts
    )


def _tokens(template: str) -> Iterator[tuple[str, int, int]]:
    position = 0
    while position < len(template):
        token = _TOKEN.match(template, position)
        if token is None:
            raise ValueError(f"template {template!r} cannot be read from position {position}")
        least = int(token["least"] or (0 if token["maybe"] else 1))
        yield token["slot"], least, int(token["most"] or (1 if token["maybe"] else least))
        position = token.end()


_Draft = tuple[tuple[frozenset[str], ...], tuple[tuple[int, str], ...], slice | None, float]


def _draft(pattern: PlatePattern, slots: Sequence[str], area_length: int) -> _Draft:
    allowed: list[frozenset[str]] = []
    separators: list[tuple[int, str]] = []
    area: slice | None = None
    size = 0.0
    for slot in slots:
        if slot == "@":
            codes = [code for code in pattern.areas if len(code) == area_length]
            area = slice(len(allowed), len(allowed) + area_length)
            allowed += [frozenset(column) for column in zip(*codes, strict=True)]
            size += log10(len(codes))
        elif slot in " .-":
            separators.append((len(allowed), slot))
        else:
            choices = {"L": pattern.letters, "D": digits}.get(slot, slot.strip("[]"))
            allowed.append(frozenset(choices))
            size += log10(len(allowed[-1]))
    return tuple(allowed), tuple(separators), area, size
