"""Cutting boxes out of pictures and scaling what was cut."""

import math
from typing import cast

import cv2

from pipelines.geometry import clip
from pipelines.types import Box, Picture


def cut(picture: Picture, box: Box) -> Picture:
    """Returns a view of the pixels that a box touches.

    Raises:
        ValueError: The box covers no pixel of the picture.
    """
    height, width = picture.shape[:2]
    inside = clip(box, width, height)
    x1, y1 = math.floor(inside.x1), math.floor(inside.y1)
    view = picture[y1 : math.ceil(inside.y2), x1 : math.ceil(inside.x2)]
    if view.size == 0:
        raise ValueError(f"{box} covers no pixel of a picture of {width}x{height}")
    return view


def fit(picture: Picture, max_width: int, max_height: int) -> Picture:
    """Scales a picture down by area until it fits, keeping its proportions.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        max_width: Pixels.
        max_height: Pixels.

    Returns:
        A new picture; a copy in the same size where it already fits.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, max_width / width, max_height / height)
    if scale == 1.0:
        return picture.copy()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast(Picture, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
