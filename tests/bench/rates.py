"""Shares with their uncertainty."""

from dataclasses import dataclass
from math import sqrt

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``total``."""

    hits: int
    total: int

    @property
    def share(self) -> float:
        """[0, 1]; 0 of nothing is 0."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson score interval, [0, 1]."""
        return wilson(self.share, self.total)

    @property
    def interval_text(self) -> str:
        """The interval in percent."""
        return interval_text(*self.interval)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits:4d} of {self.total:4d}  {self.share:6.1%}  [{low:.1%}, {high:.1%}]"


def wilson(share: float, total: float) -> tuple[float, float]:
    """95 % Wilson score interval (Wilson 1927) of a share that was seen in ``total`` cases.

    Returns:
        Least and largest share, [0, 1].
    """
    if not total:
        return 0.0, 1.0
    z2 = _Z_95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z_95 * sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def interval_text(low: float, high: float) -> str:
    """An interval of shares in percent."""
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


FOLDED = str.maketrans("OI", "01")


def folded(text: str) -> str:
    """A plate's text with the pairs that many plates print alike made equal: O as 0, I as 1."""
    return text.translate(FOLDED)
