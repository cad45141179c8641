"""Coloured bands at the sides of plates, with what is on them."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of
from pipelines.training.synthesis.drawing import flag, pixel, write
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import Band
from pipelines.training.synthesis.vocabulary import filled, one

Canvas = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]


def band_box(band: Band, shape: tuple[int, int]) -> Box:
    """Pixels of a band: x1, y1, x2, y2."""
    height, width = shape
    if band.side in {"left", "right"}:
        size = max(band.size * width, 0.3 * min(height, width / 4))
        return (0, 0, size, height) if band.side == "left" else (width - size, 0, width, height)
    size = band.size * height
    return (0, 0, width, size) if band.side == "top" else (0, height - size, width, height)


def draw_band(canvas: Canvas, band: Band, faces: Typefaces, rng: np.random.Generator) -> str:
    """Draws a band with its letters and mark, in place.

    Returns:
        What of the plate's text stands in the band: a code of the region, or nothing.
    """
    x1, y1, x2, y2 = (round(value) for value in band_box(band, canvas.shape[:2]))
    ink = np.full(3, 30, np.float32)
    if band.colour != "none":
        canvas[y1:y2, x1:x2] = paint_of(band.colour, rng)
        ink = np.full(3, 235, np.float32)
    width, height = x2 - x1, y2 - y1
    letters = faces.word(filled(band.letters or "X", rng), "plain", rng)
    mark = one(tuple(band.mark.split("|")), rng)
    if band.side in {"top", "bottom"}:
        word_box = (x1 + width * 0.25, y1 + height * 0.2, x2 - width * 0.25, y2 - height * 0.2)
        write(canvas, letters, word_box, ink)
        corner = (x2 - height * 1.35, y1 + height * 0.15, x2 - height * 0.2, y2 - height * 0.12)
        flag(canvas, corner, rng)
        _stars(canvas, (x1 + height * 0.9, y1 + height / 2), height * 0.3, rng)
        return ""
    middle = (x1 + x2) / 2
    if mark == "region":
        code = f"{rng.integers(1, 800):02d}"
        digits = faces.word(code, "din", rng)
        write(canvas, digits, (x1 + 2, y1 + height * 0.1, x2 - 2, y1 + height * 0.62), ink)
        word_box = (x1 + 2, y1 + height * 0.68, x1 + width * 0.6, y2 - height * 0.1)
        write(canvas, letters, word_box, ink)
        flag(canvas, (x1 + width * 0.66, y1 + height * 0.7, x2 - 3, y2 - height * 0.1), rng)
        cv2.line(canvas, (x1, y1), (x1, y2), (30, 30, 30), max(1, round(height / 40)))
        return code
    if mark == "hanzi":
        _scribble(canvas, (x1 + width * 0.2, y1 + height * 0.15, x2, y2 - height * 0.15), rng)
        return ""
    low = 0.62 if height < 3 * width else 0.7
    if band.letters:
        word_box = (x1 + width * 0.16, y1 + height * low, x2 - width * 0.12, y2 - height * 0.1)
        write(canvas, letters, word_box, ink)
    top = (middle, y1 + height * 0.33)
    if mark == "stars":
        _stars(canvas, top, width * 0.3, rng)
    elif mark in {"flag", "shield"}:
        half = width * 0.32
        flag(canvas, (middle - half, top[1] - half * 0.8, middle + half, top[1] + half * 0.8), rng)
    elif mark == "disc":
        colour = paint_of(one(("silver", "yellow", "sky"), rng), rng).tolist()
        cv2.circle(canvas, pixel(top), max(2, round(width * 0.28)), colour, -1, cv2.LINE_AA)
    return ""


def _stars(
    canvas: Canvas, middle: tuple[float, float], radius: float, rng: np.random.Generator
) -> None:
    colour = paint_of("yellow", rng).tolist()
    for angle in np.arange(12) * (np.pi / 6):
        point = (middle[0] + radius * np.sin(angle), middle[1] - radius * np.cos(angle))
        cv2.circle(canvas, pixel((point[0] * 16, point[1] * 16)), 16, colour, -1, cv2.LINE_AA, 4)


def _scribble(canvas: Canvas, box: Box, rng: np.random.Generator) -> None:
    """A few strokes in the place of a character that readers are not to read."""
    x1, y1, x2, y2 = box
    for _ in range(int(rng.integers(4, 9))):
        start = rng.uniform((x1, y1), (x2, y2))
        way = np.array((rng.uniform(-0.5, 0.5) * (x2 - x1), rng.normal(0, 2)))
        if rng.random() < 0.5:
            way = np.array((rng.normal(0, 2), rng.uniform(-0.4, 0.4) * (y2 - y1)))
        line = np.rint([start, start + way]).astype(np.int32)
        cv2.polylines(canvas, [line], False, (230, 230, 230), 3, cv2.LINE_AA)
