"""Cutting plates out of their picture: upright by a box, or straightened by four corners."""

import math
from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np

from pipelines import geometry
from pipelines.cropping import cut, fit
from pipelines.types import Box, Picture

MAX_CROP_WIDTH: Final = 480
MAX_CROP_HEIGHT: Final = 240
"""Largest crop, pixels: the promise of `PlateDetection.crop`."""

_PLATES_OF_FULL_SIZE: Final = 5
"""Two crops each of so many plates stay below a message's 4 MiB."""

Limits = tuple[int, int]
"""Largest width and height of a crop, pixels."""


def crop_limits(plates: int) -> Limits:
    """Largest crop where a picture has so many plates."""
    scale = min(1.0, math.sqrt(_PLATES_OF_FULL_SIZE / max(1, plates)))
    return int(MAX_CROP_WIDTH * scale), int(MAX_CROP_HEIGHT * scale)


def upright(picture: Picture, box: Box, margin: float, limits: Limits) -> Picture:
    """Cuts a plate out by its box.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: The plate, with an area inside the picture.
        margin: Added on each side, as a share of the plate's height; never beyond the picture.
        limits: Largest width and height, pixels.

    Returns:
        A new ``(h, w, 3)`` uint8 BGR picture, scaled down by area where the plate is larger than
        the limits and never scaled up.

    Raises:
        ValueError: The box covers no pixel of the picture.
    """
    border = margin * box.height
    return fit(cut(picture, geometry.grow(box, border, border)), *limits)


def straighten(
    picture: Picture, corners: Sequence[tuple[float, float]], margin: float, limits: Limits
) -> Picture:
    """Cuts a plate out by its corners, as if seen from the front.

    Its proportions are those of its sides, each the mean of two.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        corners: Top left, top right, bottom right and bottom left as the text stands, pixels; they
            go round without a dent.
        margin: Added on each side, as a share of the plate's height; beyond the picture its border
            repeats.
        limits: Largest width and height, pixels.

    Returns:
        A new ``(h, w, 3)`` uint8 BGR picture, never larger than the plate or the limits.

    Raises:
        ValueError: The corners lie beyond the picture.
    """
    tl, tr, br, bl = corners
    width = (math.dist(tl, tr) + math.dist(bl, br)) / 2
    height = (math.dist(tl, bl) + math.dist(tr, br)) / 2
    border = margin * height
    scale = min(1.0, limits[0] / (width + 2 * border), limits[1] / (height + 2 * border))
    target = (
        max(1, round((width + 2 * border) * scale)),
        max(1, round((height + 2 * border) * scale)),
    )
    around = geometry.bounding_box(corners)
    reach = 2 * border + 2
    region = cut(picture, geometry.grow(around, reach, reach))
    x, y = max(0, math.floor(around.x1 - reach)), max(0, math.floor(around.y1 - reach))
    # The warp samples single pixels, so a source finer than the crop is averaged first.
    source = fit(region, *(math.ceil(side * scale) for side in region.shape[1::-1]))
    kept = np.array(source.shape[1::-1]) / np.array(region.shape[1::-1])
    there = (np.array(corners) - (x, y)) * kept
    left, top = border * scale, border * scale
    right, bottom = target[0] - left, target[1] - top
    here = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    # Corners speak of edges of pixels and OpenCV of their middles.
    warp = cv2.getPerspectiveTransform(
        (there - 0.5).astype(np.float32), (here - 0.5).astype(np.float32)
    )
    return cast(Picture, cv2.warpPerspective(source, warp, target, borderMode=cv2.BORDER_REPLICATE))
