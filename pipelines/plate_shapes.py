"""Templates of plate patterns, expanded into shapes of fixed length, found by what they allow."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from math import prod
from string import digits
from typing import Final

import numpy as np

from pipelines.plate_patterns import PATTERNS, PlatePattern

_TOKEN: Final = re.compile(
    r"(?P<slot>[LDX@|]|\[[A-Z0-9-]+\]|[ .-])(?:\{(?P<least>\d)(?:,(?P<most>\d))?\}|(?P<maybe>\?))?"
)
_RANGE: Final = re.compile(r"(.)-(.)")
_SEPARATORS: Final = " .-"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A pattern at one length.

    Attributes:
        pattern: The row it comes from.
        slots: Allowed characters, one a character of the text.
        separators: ``(position, separator)``: what the formatted text shows before a position.
        line_break: Where the second line of a plate in two lines begins, or None.
        area: Where the area code lies, as a slice of the text, or None.
        likelihood: The pattern's weight over the number of texts that it allows, shared by the
            lengths that it comes in: higher is more specific.
    """

    pattern: PlatePattern
    slots: tuple[frozenset[str], ...]
    separators: tuple[tuple[int, str], ...]
    line_break: int | None
    area: slice | None
    likelihood: float

    def matches(self, text: str) -> bool:
        """Whether the text, of this shape's length, has this shape."""
        if self.area is not None and text[self.area] not in self.pattern.areas:
            return False
        return all(character in slot for character, slot in zip(text, self.slots, strict=True))

    def format(self, text: str) -> str:
        """Return the text with its separators."""
        return self._formatted(text, 0, len(text))

    def lines(self, text: str) -> tuple[str, ...]:
        """Return the formatted text as a plate in two lines shows it, or one line."""
        if self.line_break is None:
            return (self.format(text),)
        upper = self._formatted(text, 0, self.line_break)
        return upper, self._formatted(text, self.line_break, len(text))

    def _formatted(self, text: str, first: int, last: int) -> str:
        parts, start = [], first
        for position, separator in self.separators:
            if first < position < last:
                parts += [text[start:position], separator]
                start = position
        return "".join([*parts, text[start:last]])

    def sample(self, rng: np.random.Generator) -> str:
        """Return a random text of this shape."""
        characters = [_choice(sorted(slot), rng) for slot in self.slots]
        if self.area is not None:
            length = self.area.stop - self.area.start
            codes = sorted(code for code in self.pattern.areas if len(code) == length)
            characters[self.area] = _choice(codes, rng)
        return "".join(characters)


def sample_text(pattern: PlatePattern, rng: np.random.Generator) -> tuple[str, str]:
    """Return a random text of a pattern, and the same text as it is formatted."""
    shape = sample_shape(pattern, rng)
    text = shape.sample(rng)
    return text, shape.format(text)


def sample_shape(pattern: PlatePattern, rng: np.random.Generator) -> Shape:
    """Return one of a pattern's shapes, each as likely."""
    shapes = expand(pattern)
    return shapes[int(rng.integers(len(shapes)))]


def _choice(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


@lru_cache(maxsize=8192)
def shapes_of(text: str) -> tuple[Shape, ...]:
    """Return every known shape that a text of letters and digits has."""
    kinds = "".join("D" if character in digits else "L" for character in text)
    return tuple(shape for shape in _allowing(kinds) if shape.matches(text))


@lru_cache(maxsize=4096)
def _allowing(kinds: str) -> tuple[Shape, ...]:
    """Return the shapes that allow a letter or a digit, ``L`` or ``D``, in each place."""
    return tuple(
        shape
        for shape in _by_length().get(len(kinds), ())
        if all(
            any((character in digits) == (kind == "D") for character in slot)
            for slot, kind in zip(shape.slots, kinds, strict=True)
        )
    )


@cache
def _by_length() -> dict[int, tuple[Shape, ...]]:
    shapes: defaultdict[int, list[Shape]] = defaultdict(list)
    for pattern in PATTERNS:
        for shape in expand(pattern):
            shapes[len(shape.slots)].append(shape)
    return {length: tuple(found) for length, found in shapes.items()}


@cache
def expand(pattern: PlatePattern) -> tuple[Shape, ...]:
    """Return every shape of fixed length that a pattern's template allows.

    Raises:
        ValueError: The template is not written in the language of ``plate_syntaxes.yaml``.
    """
    tokens = list(_tokens(pattern.template))
    area_lengths = sorted({len(area) for area in pattern.areas}) if "@" in pattern.template else [0]
    counts = [range(least, most + 1) for _, least, most in tokens]
    drafts = []
    for area_length, *repeats in product(area_lengths, *counts):
        slots = [
            slot for (slot, _, _), n in zip(tokens, repeats, strict=True) for slot in [slot] * n
        ]
        drafts.append((slots, area_length))
    return tuple(_shape(pattern, *draft, pattern.weight / len(drafts)) for draft in drafts)


def _tokens(template: str) -> Iterator[tuple[str, int, int]]:
    position = 0
    while position < len(template):
        token = _TOKEN.match(template, position)
        if token is None:
            raise ValueError(f"template {template!r} cannot be read from position {position}")
        least = int(token["least"] or (0 if token["maybe"] else 1))
        yield token["slot"], least, int(token["most"] or (1 if token["maybe"] else least))
        position = token.end()


def _shape(pattern: PlatePattern, slots: Sequence[str], area_length: int, weight: float) -> Shape:
    allowed: list[frozenset[str]] = []
    separators: list[tuple[int, str]] = []
    area: slice | None = None
    line_break: int | None = None
    sizes: list[int] = []
    for slot in slots:
        if slot == "@":
            codes = [code for code in pattern.areas if len(code) == area_length]
            area = slice(len(allowed), len(allowed) + area_length)
            allowed += [frozenset(column) for column in zip(*codes, strict=True)]
            sizes.append(len(codes))
        elif slot == "|":
            line_break = len(allowed)
        elif slot in _SEPARATORS:
            separators.append((len(allowed), slot))
        else:
            allowed.append(_allowed(slot, pattern.letters))
            sizes.append(len(allowed[-1]))
    likelihood = weight / prod(sizes)
    return Shape(pattern, tuple(allowed), tuple(separators), line_break, area, likelihood)


def _allowed(slot: str, letters: str) -> frozenset[str]:
    named = {"L": letters, "D": digits, "X": letters + digits}
    spelled = _RANGE.sub(_spelled, slot.strip("[]"))
    return frozenset(named.get(slot, spelled))


def _spelled(span: re.Match[str]) -> str:
    return "".join(chr(code) for code in range(ord(span[1]), ord(span[2]) + 1))
