"""Pictures of 12 megapixels made of smaller photos, as no large ones with known plates are at hand.

A photo fills the picture, cropped to its proportions, or is pasted small into a mosaic of photos of
people. Grain is added, since enlarged photos alone would be easier to decode than real ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipelines.types import Box, Picture

LARGE = (4000, 3000)
SMALL = (1280, 720)
"""Width and height, pixels."""

_MOSAIC_PX = 1000
_GRAIN = 5.0
_GRAIN_PX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A composed picture, ``(H, W, 3)`` uint8 BGR, and where its plate is."""

    picture: Picture
    plate: Box


def filling(photo: Picture, plate: Box, size: tuple[int, int]) -> Scene:
    """A photo that fills a picture: the largest part with the picture's proportions.

    Args:
        photo: ``(H, W, 3)`` uint8 BGR.
        plate: In pixels of the photo; it lies as near to the middle as the photo allows.
        size: Width and height of the picture, pixels.
    """
    height, width = photo.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    part = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    left = round(min(max((plate.x1 + plate.x2 - part[0]) / 2, 0), width - part[0]))
    top = round(min(max((plate.y1 + plate.y2 - part[1]) / 2, 0), height - part[1]))
    cropped = photo[top : top + part[1], left : left + part[0]]
    x, y = size[0] / part[0], size[1] / part[1]
    box = Box(
        (plate.x1 - left) * x, (plate.y1 - top) * y, (plate.x2 - left) * x, (plate.y2 - top) * y
    )
    return Scene(_resized(cropped, size), box)


def pasted(
    photo: Picture, plate: Box, plate_px: float, backdrop: Picture, order: np.random.Generator
) -> Scene:
    """A photo pasted into a large picture so that its plate is ``plate_px`` px wide.

    Args:
        photo: ``(H, W, 3)`` uint8 BGR.
        plate: In pixels of the photo.
        plate_px: Width of the plate in the picture.
        backdrop: ``(H, W, 3)`` uint8 BGR, larger than the photo becomes; left as it is.
        order: Decides where.
    """
    scale = plate_px / plate.width
    small = _resized(photo, (round(photo.shape[1] * scale), round(photo.shape[0] * scale)))
    height, width = small.shape[:2]
    left = int(order.integers(backdrop.shape[1] - width + 1))
    top = int(order.integers(backdrop.shape[0] - height + 1))
    picture = backdrop.copy()
    picture[top : top + height, left : left + width] = small
    box = Box(
        left + plate.x1 * scale,
        top + plate.y1 * scale,
        left + plate.x2 * scale,
        top + plate.y2 * scale,
    )
    return Scene(picture, box)


def mosaic(photos: Sequence[Path], size: tuple[int, int], order: np.random.Generator) -> Picture:
    """Photos without plates side by side, each enlarged to 1000 x 1000 px."""
    width, height = size
    rows, columns = -(-height // _MOSAIC_PX), -(-width // _MOSAIC_PX)
    chosen = iter(order.choice(len(photos), rows * columns, replace=rows * columns > len(photos)))
    lines = [
        np.hstack(
            [
                _resized(cv2.imread(str(photos[next(chosen)])), (_MOSAIC_PX, _MOSAIC_PX))
                for _ in range(columns)
            ]
        )
        for _ in range(rows)
    ]
    return np.ascontiguousarray(np.vstack(lines)[:height, :width])


def grainy(picture: Picture, order: np.random.Generator) -> Picture:
    """Adds the grain of a camera's sensor, two pixels wide."""
    height, width = picture.shape[:2]
    grain = order.normal(0, _GRAIN, (height // _GRAIN_PX + 1, width // _GRAIN_PX + 1))
    spread = cv2.resize(grain.astype(np.float32), (width, height))
    return np.asarray(np.clip(picture + spread[..., None], 0, 255), np.uint8)


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    shrinks = size[0] < picture.shape[1]
    return np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC),
        np.uint8,
    )
