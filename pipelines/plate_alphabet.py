"""The characters of a plate, and what reads as one of them."""

import unicodedata
from typing import Final

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
"""Every character that a reading can hold."""

LATIN_TO_CYRILLIC: Final = dict(zip("ABEKMHOPCTYX", "авекмнорстух", strict=True))
"""Latin look-alikes of the twelve letters on Russian plates (GOST R 50577-2018), lower-case."""

_CYRILLIC_TO_LATIN: Final = {
    cyrillic.upper(): latin for latin, cyrillic in LATIN_TO_CYRILLIC.items()
} | {"І": "I", "Ѕ": "S", "Ј": "J"}  # noqa: RUF001 (look-alikes are the point)
_GREEK_TO_LATIN: Final = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))  # noqa: RUF001
_BARRED: Final = {"Đ": "D", "Ł": "L", "Ø": "O"}
_LATIN: Final = (
    {character: character for character in ALPHABET}
    | _CYRILLIC_TO_LATIN
    | _GREEK_TO_LATIN
    | _BARRED
)


def fold(character: str) -> str:
    """Return the plate character that one character stands for, or ``""`` for none.

    Case, accents and width are dropped (``ü`` is ``U``), and Cyrillic and Greek letters become
    their Latin look-alikes.
    """
    bare = "".join(
        mark for mark in unicodedata.normalize("NFKD", character) if not unicodedata.combining(mark)
    )
    return _LATIN.get(bare.upper(), "")


def to_cyrillic(text: str) -> str:
    """Return a text with its letters as the lower-case Cyrillic ones that look like them."""
    return "".join(LATIN_TO_CYRILLIC.get(character, character) for character in text)
