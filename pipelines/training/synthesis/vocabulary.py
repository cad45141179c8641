"""Lists of words that plates carry."""

from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import yaml

_DEALER_VARIANTS: Final = 3


@cache
def words(kind: str) -> tuple[str, ...]:
    """Reads one list of ``words.yaml``.

    Args:
        kind: A key of the file, or ``dealer`` for names of dealers.

    Raises:
        KeyError: If there is no such list.
    """
    lists = _lists()
    if kind != "dealer":
        return lists[kind]
    places = lists["places"]
    return tuple(
        f"{dealer} {places[(7 * index + step) % len(places)]}"
        for index, dealer in enumerate(lists["dealers"])
        for step in range(_DEALER_VARIANTS)
    )


def one(pool: tuple[str, ...], rng: np.random.Generator) -> str:
    """Draws one of some words."""
    return pool[int(rng.integers(len(pool)))]


def filled(line: str, rng: np.random.Generator) -> str:
    """Draws one of a line's alternatives and fills in what stands in braces.

    Args:
        line: Alternatives with ``|`` between them; ``{year}``, ``{department}``, ``{expiry}`` and
            the lists of ``words.yaml`` may stand in them.
        rng: Draws all of it.
    """
    text = one(tuple(line.split("|")), rng)
    if "{" not in text:
        return text
    before, _, rest = text.partition("{")
    kind, _, after = rest.partition("}")
    if kind == "year":
        value = f"{rng.integers(0, 30):02d}"
    elif kind == "department":
        value = f"{rng.integers(1, 96):02d}"
    elif kind == "expiry":
        value = f"{rng.integers(1, 13):02d}{one(('.', '-', ' '), rng)}{rng.integers(14, 31)}"
    else:
        value = one(words(kind), rng)
    return before + value + after


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    source = resources.files("pipelines.training.synthesis").joinpath("words.yaml")
    document: dict[str, str] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return {
        kind: tuple(word.strip() for word in text.split("|")) for kind, text in document.items()
    }
