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
        """95 % Wilson score interval (Wilson 1927), [0, 1]."""
        if not self.total:
            return 0.0, 1.0
        n, p, z2 = self.total, self.share, _Z_95**2
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def interval_text(self) -> str:
        """The interval in percent."""
        low, high = self.interval
        return f"[{100 * low:.1f}, {100 * high:.1f}]"

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits:4d} of {self.total:4d}  {self.share:6.1%}  [{low:.1%}, {high:.1%}]"


FOLDED = str.maketrans("OI", "01")


def folded(text: str) -> str:
    """A plate's text with the pairs that many plates print alike made equal: O as 0, I as 1."""
    return text.translate(FOLDED)
