"""Open-set identification: who is taken for whom, at which threshold.

FPIR (false positive identification rate) is the share of probes of people who are not enrolled that
are taken for somebody; FNIR (false negative identification rate) that of enrolled people's probes
that are not taken for their own driver, those taken for another included (ISO/IEC 19795-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tests.bench.rates import Rate, wilson

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """What galleries answer to probes.

    Attributes:
        first: ``(P,)`` float32 cosine to the nearest template.
        second: ``(P,)`` float32 cosine to the second.
        right: ``(P,)`` bool: the nearest is the probe's own; False for people not enrolled.
    """

    first: Floats
    second: Floats
    right: Flags

    @classmethod
    def of(cls, templates: Floats, probes: Floats, owners: NDArray[np.int64]) -> Self:
        """Search exactly.

        Args:
            templates: ``(N, D)`` float32 of unit norm, N at least 2.
            probes: ``(P, D)`` float32 of unit norm.
            owners: ``(P,)`` int64 row of each probe's own template, -1 where there is none.
        """
        cosines = probes @ templates.T
        best = np.argpartition(cosines, -2, axis=1)[:, -2:]
        two = np.take_along_axis(cosines, best, axis=1)
        nearest = np.where(two[:, 0] > two[:, 1], best[:, 0], best[:, 1])
        return cls(two.max(axis=1), two.min(axis=1), nearest == owners)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The searches of several galleries."""
        return cls(
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.second for part in parts]),
            np.concatenate([part.right for part in parts]),
        )

    def accepted(self, threshold: float, margin: float = 0.0) -> Flags:
        """``(P,)`` bool: taken for somebody, as ``drivers.py`` decides."""
        return (self.first >= threshold) & (self.first - self.second >= margin)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Searches of one gallery size over several draws of who is enrolled by which photos.

    Attributes:
        size: Templates in the gallery.
        made_of: Where its templates come from, and how many of each.
        drivers: Probes of enrolled people.
        strangers: Probes of people who are not enrolled.
        draws: How many galleries were drawn.
    """

    size: int
    made_of: str
    drivers: Searches
    strangers: Searches
    draws: int

    def false_positives(self, threshold: float, margin: float = 0.0) -> Rate:
        """FPIR."""
        return _rate(self.strangers.accepted(threshold, margin))

    def misses(self, threshold: float, margin: float = 0.0) -> Rate:
        """FNIR."""
        return _rate(~(self.drivers.accepted(threshold, margin) & self.drivers.right))

    def mistaken(self, threshold: float, margin: float = 0.0) -> Rate:
        """Probes of enrolled people that are taken for another."""
        return _rate(self.drivers.accepted(threshold, margin) & ~self.drivers.right)

    def threshold_at(self, fpir: float) -> float:
        """The least threshold, without a margin, at which the FPIR is not above the given one."""
        falling = np.sort(self.strangers.first)[::-1]
        allowed = int(fpir * len(falling) + 1e-9)
        if allowed >= len(falling):
            return -1.0
        return float(np.nextafter(falling[allowed], np.float32(2.0)))

    def interval(self, rate: Rate) -> tuple[float, float]:
        """95 % Wilson interval, [0, 1], as of one draw: all draws share their photos."""
        return wilson(rate.share, rate.total / self.draws)

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(S,)`` FPIR, rising from 0, and the least FNIR that goes with it, without a margin."""
        strangers = np.sort(self.strangers.first)
        right = np.sort(self.drivers.first[self.drivers.right])
        just_above = np.nextafter(strangers[::-1], np.float32(2.0))
        let_in = len(strangers) - np.searchsorted(strangers, just_above)
        found = len(right) - np.searchsorted(right, just_above)
        return let_in / len(strangers), 1.0 - found / len(self.drivers.first)


def _rate(flags: Flags) -> Rate:
    return Rate(int(flags.sum()), len(flags))
