"""Small drawings that plates' furniture is made of."""

from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of
from pipelines.training.synthesis.vocabulary import one

Canvas = npt.NDArray[np.float32]
Colour = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]

_FLAG_COLOURS: Final = ("red", "white", "green_plate", "eu", "yellow", "navy", "black")


def pixel(point: tuple[float, float]) -> tuple[int, int]:
    """The nearest pixel."""
    return round(point[0]), round(point[1])


def write(
    canvas: Canvas, word: npt.NDArray[np.uint8], box: Box, colour: Colour, strength: float = 1.0
) -> None:
    """Blends a word, as large as fits, into the middle of a box, in place."""
    x1, y1, x2, y2 = box
    scale = min((x2 - x1) / word.shape[1], (y2 - y1) / word.shape[0])
    width, height = round(word.shape[1] * scale), round(word.shape[0] * scale)
    left, top = round((x1 + x2 - width) / 2), round((y1 + y2 - height) / 2)
    if width < 2 or height < 2 or left < 0 or top < 0:
        return
    part = canvas[top : top + height, left : left + width]
    if part.shape[:2] != (height, width):
        return
    small = cv2.resize(word, (width, height), interpolation=cv2.INTER_AREA)
    part += (colour - part) * (small.astype(np.float32) * (strength / 255))[..., None]


def flag(canvas: Canvas, box: Box, rng: np.random.Generator) -> None:
    """Fills a box (x1, y1, x2, y2 px) with three stripes, in place."""
    x1, y1, x2, y2 = (round(value) for value in box)
    upright = rng.random() < 0.5
    edges = np.linspace(x1 if upright else y1, x2 if upright else y2, 4).astype(int)
    for low, high in pairwise(edges):
        part = canvas[y1:y2, low:high] if upright else canvas[low:high, x1:x2]
        part[:] = paint_of(one(_FLAG_COLOURS, rng), rng)
