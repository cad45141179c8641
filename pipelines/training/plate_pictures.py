"""Pictures made for training: close-ups that a plate fills, and pictures without any plate."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float64]

SMALLEST_CLOSE_UP_PX = 60
SMALLEST_BACKGROUND = 0.3
ATTEMPTS = 20


@dataclass(frozen=True)
class CloseUp:
    """A cut around one plate.

    Attributes:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: ``(4,)`` float64 xyxy of the plate, fractions of ``picture``.
    """

    picture: Picture
    box: Boxes


def close_up(picture: Picture, box: Boxes, rng: np.random.Generator) -> CloseUp | None:
    """Cuts a plate out with narrow margins, so that it fills most of the result.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: ``(4,)`` float64 xyxy, fractions of the picture.
        rng: Draws each side's margin, 4 to 35 % of the plate's side.

    Returns:
        The cut, or None where the plate is too small to be worth it.
    """
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = box * [width, height, width, height]
    if x2 - x1 < SMALLEST_CLOSE_UP_PX:
        return None
    left, top, right, bottom = rng.uniform(0.04, 0.35, 4)
    cut_x1, cut_y1 = max(0, int(x1 - left * (x2 - x1))), max(0, int(y1 - top * (y2 - y1)))
    cut_x2 = min(width, int(np.ceil(x2 + right * (x2 - x1))))
    cut_y2 = min(height, int(np.ceil(y2 + bottom * (y2 - y1))))
    size = np.array([cut_x2 - cut_x1, cut_y2 - cut_y1] * 2, np.float64)
    inside = (np.array([x1, y1, x2, y2]) - [cut_x1, cut_y1, cut_x1, cut_y1]) / size
    return CloseUp(picture[cut_y1:cut_y2, cut_x1:cut_x2].copy(), np.clip(inside, 0.0, 1.0))


def on_canvas(cut: CloseUp, background: Picture, rng: np.random.Generator) -> CloseUp:
    """Puts a close-up on a square piece of another picture, filling 70 to 100 % of its width.

    Args:
        cut: The close-up.
        background: ``(H, W, 3)`` uint8 BGR without plates; it is stretched to the square.
        rng: Draws size and place.
    """
    side = 640
    height, width = cut.picture.shape[:2]
    scale = min(rng.uniform(0.7, 1.0) * side / width, side / height)
    new_w, new_h = min(side, round(width * scale)), min(side, round(height * scale))
    canvas = cv2.resize(background, (side, side), interpolation=cv2.INTER_AREA)
    x, y = int(rng.integers(0, side - new_w + 1)), int(rng.integers(0, side - new_h + 1))
    canvas[y : y + new_h, x : x + new_w] = cv2.resize(
        cut.picture, (new_w, new_h), interpolation=cv2.INTER_CUBIC
    )
    offset = np.array([x, y, x, y], np.float64)
    box = (cut.box * [new_w, new_h, new_w, new_h] + offset) / side
    return CloseUp(np.asarray(canvas, np.uint8), box)


def background(picture: Picture, boxes: Boxes, rng: np.random.Generator) -> Picture | None:
    """Cuts a part of a picture that touches none of its plates.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        boxes: ``(N, 4)`` float64 xyxy, fractions of the picture.
        rng: Draws the part.

    Returns:
        The cut, at least 30 % of each side, or None when twenty draws found none.
    """
    height, width = picture.shape[:2]
    for _ in range(ATTEMPTS):
        w, h = rng.uniform(SMALLEST_BACKGROUND, 0.8, 2)
        x, y = rng.uniform(0.0, 1.0 - w), rng.uniform(0.0, 1.0 - h)
        apart = (
            (boxes[:, 2] <= x)
            | (boxes[:, 0] >= x + w)
            | (boxes[:, 3] <= y)
            | (boxes[:, 1] >= y + h)
        )
        if apart.all():
            return picture[
                int(y * height) : int((y + h) * height), int(x * width) : int((x + w) * width)
            ].copy()
    return None
