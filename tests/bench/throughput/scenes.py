"""Pictures as cameras send them, made from smaller photos: cut, scaled, placed, a little noisy."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipelines.types import Box, Picture

_QUALITY: Final = 92
_NOISE: Final = 3.0
"""Standard deviation; without it enlarged photos would be far smaller files than real ones."""

_NOISE_TILE_PX: Final = 512


@dataclass(frozen=True, slots=True)
class Frame:
    """Width and height in pixels."""

    width: int
    height: int


def cut_around(picture: Picture, box: Box, frame: Frame) -> Picture:
    """The largest part of a picture in a frame's proportions that has the box at its middle.

    Where the box lies near an edge, the part ends there. A box that is larger than any such part is
    cut too.
    """
    height, width = picture.shape[:2]
    scale = min(width / frame.width, height / frame.height)
    across, down = round(scale * frame.width), round(scale * frame.height)
    left = _within((box.x1 + box.x2 - across) / 2, width - across)
    top = _within((box.y1 + box.y2 - down) / 2, height - down)
    return picture[top : top + down, left : left + across]


def filling(picture: Picture, frame: Frame) -> Picture:
    """A picture scaled to a frame of its proportions."""
    smaller = picture.shape[1] > frame.width
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (frame.width, frame.height), interpolation=how), np.uint8)


def placed(picture: Picture, frame: Frame, share: float, corner: tuple[float, float]) -> Picture:
    """A picture in front of its own blurred colours.

    Args:
        picture: What is shown.
        frame: The whole.
        share: Of the frame's height that the picture takes; its width follows.
        corner: Where it stands, across and down, each from 0 (left, top) to 1 (right, bottom).
    """
    return pasted(_backdrop(picture, frame), picture, share, corner)


def pasted(behind: Picture, picture: Picture, share: float, corner: tuple[float, float]) -> Picture:
    """One picture in front of another; see ``placed``."""
    height, width = behind.shape[:2]
    down = round(share * height)
    across = min(width, round(down * picture.shape[1] / picture.shape[0]))
    left, top = round(corner[0] * (width - across)), round(corner[1] * (height - down))
    whole = behind.copy()
    whole[top : top + down, left : left + across] = filling(picture, Frame(across, down))
    return whole


def as_camera_jpeg(picture: Picture, seed: int) -> bytes:
    """Encodes a picture with a sensor's noise."""
    tile = np.random.default_rng(seed).normal(0, _NOISE, (_NOISE_TILE_PX, _NOISE_TILE_PX, 3))
    height, width = picture.shape[:2]
    repeats = (-(-height // _NOISE_TILE_PX), -(-width // _NOISE_TILE_PX), 1)
    noise = np.tile(tile.round().astype(np.int16), repeats)[:height, :width]
    noisy = cv2.add(picture, noise, dtype=cv2.CV_8U)  # ends at 0 and 255
    done, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return bytes(data)


def _within(wanted: float, most: int) -> int:
    return int(min(max(wanted, 0), most))


def _backdrop(picture: Picture, frame: Frame) -> Picture:
    few = cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA)
    size = (frame.width, frame.height)
    return np.asarray(cv2.resize(few, size, interpolation=cv2.INTER_LINEAR), np.uint8)
