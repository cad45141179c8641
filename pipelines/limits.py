"""How a measure is told beside the limit that it fails."""

from typing import Final

_MORE_PLACES: Final = 3
_FACT_PLACES: Final = 4


def worded(value: float, limit: float, places: int) -> tuple[str, str]:
    """Word a measure and its limit, so that they never read alike where they differ.

    Args:
        value: The measure.
        limit: What it is held against.
        places: Digits after the point; where these do not tell the two apart, up to three more.

    Returns:
        The measure and the limit, with as many digits each.
    """
    said, bound = f"{value:.{places}f}", f"{limit:.{places}f}"
    for more in range(places + 1, places + _MORE_PLACES + 1):
        if said != bound or value == limit:
            break
        said, bound = f"{value:.{more}f}", f"{limit:.{more}f}"
    return said, bound


def rounded(value: float) -> float:
    """A measure or a limit for programs, to the digits that mean something."""
    return round(value, _FACT_PLACES)
