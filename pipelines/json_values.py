"""How much there is in a JSON text, before it is parsed.

Parsers of models keep every fault that they find: of a million unknown keys in 11 MiB, naming them
all would take half a minute and gigabytes.
"""

from typing import Final

_BEFORE_VALUES: Final = (b",", b"[", b"{")


def most_values(text: bytes) -> int:
    """An upper bound of the values in a JSON text, sound or not.

    Commas and brackets inside strings count too.
    """
    return 1 + sum(map(text.count, _BEFORE_VALUES))
