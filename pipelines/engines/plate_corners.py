"""The corner finder: a plate's box in, its four corners out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from configs.settings import Runtime
from pipelines.engines import weights
from pipelines.engines.corner_view import Point, corner_view
from pipelines.engines.networks import PLATE_CORNERS, Traits, load_failures, open_network
from pipelines.errors import ConfigurationError
from pipelines.geometry import bounding_box, intersection_over_union
from pipelines.types import Box, Picture

WEIGHTS: Final = "plate_corners"

MAX_ERROR: Final = 0.08
"""Expected error, as a share of the plate's size, up to which corners are trusted."""

_LOOK_AGAIN_BELOW: Final = 0.8
"""Overlap with the box that was looked at: where it was further off, a second look is truer."""

_MIN_SIDE_PX: Final = 4.0
_ASPECTS: Final = (0.45, 9.0)

Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right and bottom left as the text stands, pixels of the picture."""


@dataclass(frozen=True, slots=True)
class FoundCorners:
    """Corners and their expected error, as a share of the plate's size."""

    corners: Corners
    error: float


class CornerFinder:
    """Finds the corners of plates whose boxes are known. Thread-safe.

    Args:
        name: Of registered weights, or a path to an .onnx file.
        runtime: What computes it, on the CPU.
        traits: What was measured of it.

    Raises:
        ConfigurationError: The weights cannot be used.
    """

    def __init__(
        self, name: str = WEIGHTS, runtime: Runtime = "auto", traits: Traits = PLATE_CORNERS
    ) -> None:
        path = weights.resolve(name)
        try:
            self._network = open_network(path, traits, runtime)
        except load_failures(OSError) as error:
            raise ConfigurationError(
                f"corner finder weights {path} do not load: {error}"
            ) from error

    def find(self, picture: Picture, boxes: Sequence[Box]) -> list[Corners | None]:
        """Finds the corners of each plate; None where they are not sure.

        Args:
            picture: ``(H, W, 3)`` uint8 BGR.
            boxes: Of the plates, each with an area inside the picture.
        """
        found = self.estimate(picture, boxes)
        again = [
            place
            for place, box in enumerate(boxes)
            if intersection_over_union(bounding_box(found[place].corners), box) < _LOOK_AGAIN_BELOW
            and _is_plausible(found[place].corners)
        ]
        nearer = [_within(bounding_box(found[place].corners), picture) for place in again]
        for place, second in zip(again, self.estimate(picture, nearer), strict=True):
            found[place] = min(found[place], second, key=lambda each: each.error)
        return [
            each.corners if each.error <= MAX_ERROR and _is_plausible(each.corners) else None
            for each in found
        ]

    def estimate(self, picture: Picture, boxes: Sequence[Box]) -> list[FoundCorners]:
        """Looks at each box once and answers whatever the network does.

        Args:
            picture: ``(H, W, 3)`` uint8 BGR.
            boxes: Each with an area inside the picture.
        """
        if not boxes:
            return []
        views = [corner_view(picture, box) for box in boxes]
        corners, errors = self._network.run(
            ["corners", "error"], {"views": np.stack([view.pixels for view in views])}
        )
        answers = []
        for view, quad, error in zip(views, corners.tolist(), errors.tolist(), strict=True):
            tl, tr, br, bl = (view.to_source(x, y) for x, y in quad)
            answers.append(FoundCorners((tl, tr, br, bl), error))
        return answers


def _within(box: Box, picture: Picture) -> Box:
    height, width = picture.shape[:2]
    x1, y1 = min(max(box.x1, 0.0), width - 2.0), min(max(box.y1, 0.0), height - 2.0)
    return Box(x1, y1, max(min(box.x2, width), x1 + 1), max(min(box.y2, height), y1 + 1))


def _is_plausible(corners: Corners) -> bool:
    """Whether corners go round clockwise without a dent, as a plate's do."""
    around = (*corners, *corners[:2])
    sides = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(around)]
    turns = [ax * by - ay * bx for (ax, ay), (bx, by) in pairwise(sides)]
    top, right, bottom, left = (math.hypot(*side) for side in sides[:4])
    if min(turns) <= 0 or min(top, right, bottom, left) < _MIN_SIDE_PX:
        return False
    return _ASPECTS[0] <= (top + bottom) / (left + right) <= _ASPECTS[1]
