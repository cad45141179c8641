"""Whether confidences are what they say."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of similar confidence.

    Attributes:
        count: Readings.
        confidence: Their mean confidence, [0, 1].
        right: Share of them that is right, [0, 1].
    """

    count: int
    confidence: float
    right: float


def reliability(
    confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10
) -> list[Bin]:
    """Groups readings by confidence into bins of equal width; empty ones are left out.

    Args:
        confidences: [0, 1] each.
        right: Whether each reading is right.
        bins: Number of bins over [0, 1].
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in zip(confidences, right, strict=True):
        index = min(int(confidence * bins), bins - 1)
        groups.setdefault(index, []).append((confidence, is_right))
    return [
        Bin(
            len(members),
            sum(confidence for confidence, _ in members) / len(members),
            sum(is_right for _, is_right in members) / len(members),
        )
        for _, members in sorted(groups.items())
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of confidence and share of right ones, weighted by readings (Naeini 2015)."""
    total = sum(one.count for one in bins)
    if not total:
        return 0.0
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total
