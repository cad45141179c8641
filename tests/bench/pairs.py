"""Whether one recognizer is ahead of another on the same plates."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Self

from tests.bench.figures import PlateResult


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same plates read by two: how many only the first, and only the second, read right."""

    plates: int
    only_first: int
    only_second: int

    @classmethod
    def of(cls, first: Sequence[PlateResult], second: Sequence[PlateResult]) -> Self:
        """Counts over the plates that both were measured on."""
        others = {(one.path, one.plate): one.is_right for one in second}
        both = [
            (one.is_right, others[one.path, one.plate])
            for one in first
            if (one.path, one.plate) in others
        ]
        return cls(len(both), sum(a and not b for a, b in both), sum(b and not a for a, b in both))

    @property
    def chance(self) -> float:
        """Two-sided p of so uneven a division if both were equal (exact sign test), [0, 1]."""
        differing = self.only_first + self.only_second
        fewer = min(self.only_first, self.only_second)
        tail = sum(comb(differing, count) for count in range(fewer + 1)) / 2**differing
        return float(min(1.0, 2.0 * tail))
