"""What plates say: templates of numbers, words people choose, and characters at random.

A template is written as follows; ``/`` starts the plate's next row.

- ``A`` a letter, ``9`` a digit, ``X`` either, ``{2,3}`` after them how many;
- ``[ABC]`` one of these characters, ``(DL|MH)`` one of these strings;
- ``&IN`` one of a list of ``words.yaml``, ``<BR>`` these characters;
- a space, ``_`` (wide), ``-``, ``.``, ``:``, ``*`` (seal), ``~`` (emblem) between the groups.
"""

import re
from typing import Final

import numpy as np

from pipelines.training.synthesis.vocabulary import one, words

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
SEPARATORS: Final = " _-.:*~"
HARD: Final = "O0Q8BI1Z2S5G6D"
"""Characters that readers confuse."""

_SWAPS: Final = ("O0", "E3", "S5", "A4", "I1", "0O")
_LENGTHS: Final = (0.03, 0.07, 0.12, 0.18, 0.26, 0.34)
"""How often personal plates have two to seven characters."""

_TOKEN: Final = re.compile(
    r"(?P<many>[A9X]|\[[A-Z0-9]+\])(?:\{(?P<low>\d+)(?:,(?P<high>\d+))?\})?"
    r"|&(?P<named>[A-Z]+)|\((?P<choices>[A-Z0-9|]+)\)|<(?P<literal>[A-Z0-9]+)>"
    r"|(?P<separator>[ _.:*~/-])"
)


def written(template: str, rng: np.random.Generator) -> str:
    """Draws a number of a template.

    Args:
        template: See above.
        rng: Draws its characters.

    Returns:
        Characters with the template's separators and ``/``.

    Raises:
        ValueError: If the template cannot be parsed.
    """
    result: list[str] = []
    position = 0
    while position < len(template):
        token = _TOKEN.match(template, position)
        if token is None:
            raise ValueError(f"template {template!r} cannot be parsed at {position}")
        position = token.end()
        if token["separator"]:
            result.append(token["separator"])
        elif token["literal"]:
            result.append(token["literal"])
        elif token["choices"] or token["named"]:
            choices = (
                tuple(token["choices"].split("|")) if token["choices"] else words(token["named"])
            )
            result.append(one(choices, rng))
        else:
            low = int(token["low"] or 1)
            count = int(rng.integers(low, int(token["high"] or low) + 1))
            kind = token["many"]
            pool = {"A": LETTERS, "9": DIGITS, "X": LETTERS + DIGITS}.get(kind, kind[1:-1])
            result.extend(pool[index] for index in rng.integers(0, len(pool), count))
    return "".join(result)


def at_random(rng: np.random.Generator, longest: int = 8) -> str:
    """Four to eight characters without any rule, the hard ones twice as often, maybe parted."""
    count = int(rng.integers(4, longest + 1))
    pool = LETTERS + DIGITS + HARD
    text = "".join(pool[index] for index in rng.integers(0, len(pool), count))
    if rng.random() < 0.5:
        cut = int(rng.integers(1, count))
        separator = " - ."[int(rng.integers(4))]
        text = text[:cut] + separator + text[cut:]
    return text


def chosen(rng: np.random.Generator, longest: int = 7) -> str:
    """A personal plate: words, syllables, digits for sounds, two to seven characters."""
    wanted = min(longest, int(rng.choice((2, 3, 4, 5, 6, 7), p=_LENGTHS)))
    parts: list[str] = []
    while sum(map(len, parts)) < wanted:
        kind = rng.random()
        pool = words("words") if kind < 0.5 else words("syllables")
        part = one(pool, rng) if kind < 0.94 else str(int(rng.integers(100)))
        parts.append(part[: wanted - sum(map(len, parts))])
    separator = (" ", "", "", "-")[int(rng.integers(4))] if 1 < len(parts) < 4 else ""
    cut = int(rng.integers(1, len(parts))) if len(parts) > 1 else 1
    text = separator.join(("".join(parts[:cut]), "".join(parts[cut:])) if separator else parts)
    swap = rng.random()
    if swap < 0.12:
        swapped = one(_SWAPS, rng)
        text = text.replace(swapped[0], swapped[1])
    elif swap < 0.2:
        place = int(rng.integers(len(text)))
        if text[place] not in SEPARATORS:
            other = one(tuple(LETTERS + DIGITS), rng)
            text = text[:place] + other + text[place + 1 :]
    return text


def shuffled(text: str, rng: np.random.Generator) -> str:
    """The same shape with every letter and digit drawn anew from all of them."""
    pool = LETTERS + DIGITS + HARD
    return "".join(
        character
        if character in SEPARATORS or character == "/"
        else pool[int(rng.integers(len(pool)))]
        for character in text
    )


def rows_of(text: str) -> tuple[str, ...]:
    """A number's rows without separators."""
    return tuple(
        "".join(character for character in row if character not in SEPARATORS)
        for row in text.split("/")
    )
