"""What the corner finder sees of a plate: the detector's box, grown and stretched to one size."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipelines.types import Box, Picture

VIEW_WIDTH: Final = 128
VIEW_HEIGHT: Final = 64

GROWTH_X: Final = 0.2
GROWTH_Y: Final = 0.35
"""Added on each side as a share of the box: detectors are off by more of a plate's height."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class CornerView:
    """A grown box as the network takes it.

    Attributes:
        pixels: ``(64, 128, 3)`` uint8 RGB; where the picture ends its border repeats.
        window: The grown box in pixels of the picture; it may reach beyond it.
    """

    pixels: Picture
    window: Box

    def to_source(self, x: float, y: float) -> Point:
        """Takes a point given as shares of the view to pixels of the picture."""
        return self.window.x1 + x * self.window.width, self.window.y1 + y * self.window.height


def corner_view(picture: Picture, box: Box) -> CornerView:
    """Cuts the view of one box.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: With an area inside the picture.
    """
    grown_x, grown_y = GROWTH_X * box.width, GROWTH_Y * box.height
    window = Box(box.x1 - grown_x, box.y1 - grown_y, box.x2 + grown_x, box.y2 + grown_y)
    height, width = picture.shape[:2]
    left, top = max(0, math.floor(window.x1)), max(0, math.floor(window.y1))
    source = picture[
        top : min(height, math.ceil(window.y2)), left : min(width, math.ceil(window.x2))
    ]
    scale_x, scale_y = VIEW_WIDTH / window.width, VIEW_HEIGHT / window.height
    # The warp samples single pixels, so a finer source is averaged first.
    size = (
        max(1, round(source.shape[1] * min(1.0, scale_x))),
        max(1, round(source.shape[0] * min(1.0, scale_y))),
    )
    kept_x, kept_y = size[0] / source.shape[1], size[1] / source.shape[0]
    if size != source.shape[1::-1]:
        source = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
    scale_x, scale_y = scale_x / kept_x, scale_y / kept_y
    # Boxes speak of edges of pixels and OpenCV of their middles.
    x = ((left - window.x1) * kept_x + 0.5) * scale_x - 0.5
    y = ((top - window.y1) * kept_y + 0.5) * scale_y - 0.5
    placing = np.array([[scale_x, 0, x], [0, scale_y, y]])
    pixels = cv2.warpAffine(
        source, placing, (VIEW_WIDTH, VIEW_HEIGHT), borderMode=cv2.BORDER_REPLICATE
    )
    return CornerView(np.ascontiguousarray(pixels[..., ::-1], np.uint8), window)
