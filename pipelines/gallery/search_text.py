"""Texts that are searched by a part of them, alike on every database.

What is stored is folded already, and a query is folded in the same way, so that no database's own
notion of case or accents takes part.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

ESCAPE: Final = "!"
"""Escapes what LIKE takes for more than itself."""

_ACCENTS: Final = re.compile("[\u0300-\u036f]")
"""Marks on Latin, Greek and Cyrillic letters; those of other scripts are letters of their own."""

_BARRED: Final = re.compile(r"(LATIN SMALL LETTER [A-Z]) WITH .+")
_ALONE: Final = {"\u0131": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "n", "ə": "e"}
"""Letters that no name of theirs leads to those that are written in their place."""


def folded(text: str) -> str:
    """Case, accents and composition taken away, alike on every database and for every script.

    A letter with a stroke, hook or tail is the letter without it: ``Łukasz`` is ``lukasz``,
    ``Müller`` is ``muller`` and ``Đức`` is ``duc``.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if plain.isascii():
        return plain
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFKC", "".join(map(_bare, bare)))


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    if letter.isascii():
        return letter
    barred = _BARRED.fullmatch(unicodedata.name(letter, ""))
    return unicodedata.lookup(barred[1]) if barred else _ALONE.get(letter, letter)


def containing(query: str) -> str:
    """LIKE pattern of the folded texts that contain a text."""
    part = folded(query)
    for special in (ESCAPE, "%", "_"):
        part = part.replace(special, ESCAPE + special)
    return f"%{part}%"
