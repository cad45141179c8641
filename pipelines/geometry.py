"""Arithmetic of boxes in pixels of a picture."""

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


def grow(box: Box, border: float) -> Box:
    """Adds ``border`` pixels on each side."""
    return Box(box.x1 - border, box.y1 - border, box.x2 + border, box.y2 + border)


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
    kept: list[tuple[float, Box]] = []
    for score, box in sorted(scored, key=lambda item: -item[0]):
        if len(kept) == most:
            break
        if min(box.width, box.height) >= _MIN_SIDE and not any(
            intersection_over_union(box, better) > _MAX_OVERLAP
            or containment(box, better) > _MAX_CONTAINMENT
            for _, better in kept
        ):
            kept.append((score, box))
    return kept
