"""Which found box is which labelled plate."""

from collections.abc import Sequence

from pipelines.geometry import intersection_over_union
from pipelines.types import Box

DETECTED_OVERLAP = 0.5
READ_OVERLAP = 0.1
"""A box that is too loose to count as detected may still have been read."""


def match(
    truth: Sequence[Box], found: Sequence[Box], least_overlap: float
) -> dict[int, tuple[int, float]]:
    """Pairs labelled and found boxes one to one, the pair with the largest overlap first.

    Args:
        truth: Labelled boxes.
        found: Found boxes, in the same pixels.
        least_overlap: Least intersection over union of a pair.

    Returns:
        Index of the labelled box -> index of the found box and their intersection over union.
    """
    overlaps = [
        (intersection_over_union(box, other), index, place)
        for index, box in enumerate(truth)
        for place, other in enumerate(found)
    ]
    pairs: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for overlap, index, place in sorted(overlaps, key=lambda one: (-one[0], one[1:])):
        if overlap >= least_overlap and index not in pairs and place not in taken:
            pairs[index] = (place, overlap)
            taken.add(place)
    return pairs
