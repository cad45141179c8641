"""Scaling a picture to a detector's input without stretching it."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipelines.types import Box, Picture

_STRIDE: Final = 32
_GREY: Final = 114
# 21 anchors lie in 32x32 px, and an end-to-end head asks for the best 300 of them, so the least
# input of 160x96 must not be any smaller.
_MIN_SIDE: Final = 96


@dataclass(frozen=True, slots=True, eq=False)
class Letterbox:
    """A scaled picture in the middle of a grey canvas.

    Attributes:
        canvas: ``(h, w, 3)`` uint8 BGR, sides multiples of 32 px.
        scale_x: Canvas pixels a source pixel.
        scale_y: Canvas pixels a source pixel.
        left: Canvas pixels before the picture.
        top: Canvas pixels above the picture.
    """

    canvas: Picture
    scale_x: float
    scale_y: float
    left: int
    top: int

    def to_source(self, x1: float, y1: float, x2: float, y2: float) -> Box:
        """Takes a rectangle on the canvas back to the source picture; it may reach beyond it."""
        return Box(
            (x1 - self.left) / self.scale_x,
            (y1 - self.top) / self.scale_y,
            (x2 - self.left) / self.scale_x,
            (y2 - self.top) / self.scale_y,
        )


def letterbox(picture: Picture, longer_side: int) -> Letterbox:
    """Scales a picture so that its longer side has ``longer_side`` px, and pads the shorter one.

    The canvas is as small as the stride allows: 1280x720 becomes 640x384 and not 640x640.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        longer_side: Multiple of 32.
    """
    height, width = picture.shape[:2]
    scale = longer_side / max(height, width)
    inner_w, inner_h = max(1, round(width * scale)), max(1, round(height * scale))
    # Training shrank its pictures the same way.
    inner = cv2.resize(picture, (inner_w, inner_h), interpolation=cv2.INTER_LINEAR)
    outer_w, outer_h = _padded(inner_w), _padded(inner_h)
    left, top = (outer_w - inner_w) // 2, (outer_h - inner_h) // 2
    canvas = np.full((outer_h, outer_w, 3), _GREY, np.uint8)
    canvas[top : top + inner_h, left : left + inner_w] = inner
    return Letterbox(canvas, inner_w / width, inner_h / height, left, top)


def _padded(side: int) -> int:
    return max(_MIN_SIDE, -(-side // _STRIDE) * _STRIDE)
