"""Arithmetic of boxes in pixels of a picture."""

from collections.abc import Sequence
from typing import Final

from pipelines.types import Box

_MAX_OVERLAP: Final = 0.6
_MAX_CONTAINMENT: Final = 0.8
_MIN_SIDE: Final = 4.0


def clip(box: Box, width: float, height: float) -> Box:
    """Cuts a box to a picture of ``width`` x ``height`` pixels; the area may become 0."""
    x1, y1 = min(max(box.x1, 0.0), width), min(max(box.y1, 0.0), height)
    return Box(x1, y1, min(max(box.x2, x1), width), min(max(box.y2, y1), height))


def intersection(first: Box, second: Box) -> float:
    """Area that two boxes share, square pixels."""
    width = min(first.x2, second.x2) - max(first.x1, second.x1)
    height = min(first.y2, second.y2) - max(first.y1, second.y1)
    return max(0.0, width) * max(0.0, height)


def intersection_over_union(first: Box, second: Box) -> float:
    """Overlap of two boxes, [0, 1]."""
    shared = intersection(first, second)
    union = first.area + second.area - shared
    return shared / union if union > 0 else 0.0


def grow(box: Box, x: float, y: float) -> Box:
    """Adds ``x`` pixels on the left and the right, and ``y`` above and below."""
    return Box(box.x1 - x, box.y1 - y, box.x2 + x, box.y2 + y)


def moved(box: Box, x: float, y: float) -> Box:
    """Shifts a box."""
    return Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y)


def containment(first: Box, second: Box) -> float:
    """Share of the smaller box that lies in the larger one, [0, 1]."""
    smaller = min(first.area, second.area)
    return intersection(first, second) / smaller if smaller > 0 else 0.0


def keep_best(scored: list[tuple[float, Box]], most: int) -> list[tuple[float, Box]]:
    """Keeps the best boxes that neither overlap nor contain a better one, best score first.

    An end-to-end detector suppresses nothing itself and answers some objects twice.

    Args:
        scored: Score and box; boxes with a side under 4 px are dropped.
        most: Number of boxes to keep.
    """
    wide = [item for item in scored if min(item[1].width, item[1].height) >= _MIN_SIDE]
    places = suppressed(wide, _MAX_OVERLAP, _MAX_CONTAINMENT)
    return [wide[place] for place in places[:most]]


def suppressed(
    scored: Sequence[tuple[float, Box]], max_overlap: float, max_containment: float = 1.0
) -> list[int]:
    """Non-maximum suppression: the places of the boxes that stay, best score first.

    Args:
        scored: Score and box.
        max_overlap: Intersection over union with a better box above which a box goes.
        max_containment: Containment with a better box above which a box goes; 1 is never.
    """
    kept: list[int] = []
    for place in sorted(range(len(scored)), key=lambda place: -scored[place][0]):
        box = scored[place][1]
        if all(
            intersection_over_union(box, scored[better][1]) <= max_overlap
            and (max_containment >= 1 or containment(box, scored[better][1]) <= max_containment)
            for better in kept
        ):
            kept.append(place)
    return kept


def bounding_box(points: Sequence[tuple[float, float]]) -> Box:
    """The smallest box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))
