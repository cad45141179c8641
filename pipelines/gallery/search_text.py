"""Texts that are searched by a part of them, alike on every database."""

import unicodedata
from typing import Final

ESCAPE: Final = "!"
"""Escapes what LIKE takes for more than itself."""


def folded(text: str) -> str:
    """Case and composition taken away, alike on every database and for every script."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def containing(query: str) -> str:
    """LIKE pattern of the folded texts that contain a text."""
    part = folded(query)
    for special in (ESCAPE, "%", "_"):
        part = part.replace(special, ESCAPE + special)
    return f"%{part}%"
