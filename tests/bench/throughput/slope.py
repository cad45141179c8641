"""How fast something grows, and how surely that is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth in units of the values by the unit of the times, and half its 95 % interval."""

    growth: float
    uncertainty: float

    @property
    def is_growth(self) -> bool:
        """Whether all of the interval lies above zero."""
        return self.growth > self.uncertainty


def slope_of(times: NDArray[np.float64], values: NDArray[np.float64]) -> Slope:
    """The straight line through values by least squares.

    Memory that was high a moment ago still is: neighbouring samples say little more than one. So
    the samples count as fewer, by the correlation r of neighbouring residuals: n (1 - r) / (1 + r).

    Args:
        times: ``(N,)``, not all equal.
        values: ``(N,)``.

    Raises:
        ValueError: Fewer than three samples.
    """
    if len(times) < 3:
        raise ValueError(f"{len(times)} samples say nothing about a slope")
    centred = times - times.mean()
    spread = float(centred @ centred)
    risen = values - values.mean()
    growth = float(centred @ risen) / spread
    residuals = risen - growth * centred
    total = float(residuals @ residuals)
    if total <= 1e-18 * float(values @ values):
        return Slope(growth, 0.0)
    neighbours = float(residuals[1:] @ residuals[:-1]) / total
    correlation = min(max(neighbours, 0.0), 0.99)
    count = max(3.0, len(times) * (1 - correlation) / (1 + correlation))
    variance = total / len(times) * count / (count - 2)
    # The spread of as many samples as count, at the same distances in time.
    error = np.sqrt(variance / (spread * count / len(times)))
    return Slope(growth, _Z_95 * float(error))
