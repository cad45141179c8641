"""What stands on plates beside the number: seals, emblems, small words, stickers."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of
from pipelines.training.synthesis.drawing import flag, pixel, write
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import Line
from pipelines.training.synthesis.lettering import Mark
from pipelines.training.synthesis.texts import DIGITS, LETTERS
from pipelines.training.synthesis.vocabulary import filled, one, words

Canvas = npt.NDArray[np.float32]
Colour = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]

_EMBLEMS: Final = {
    "oranges": ("orange",),
    "heart": ("red",),
    "sun": ("red", "yellow"),
    "hologram": ("silver", "white"),
}
_SEALS: Final = (
    "red", "eu", "green_plate", "silver", "yellow", "navy", "sky", "ruby", "grey_br",
)  # fmt: skip


def draw_mark(canvas: Canvas, mark: Mark, kind: str, rng: np.random.Generator) -> None:
    """Draws a seal, shape or emblem between groups of characters, in place.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        mark: Its place and size.
        kind: ``Layout.emblem``.
        rng: Draws its colours.
    """
    radius = max(2.0, mark.size / 2)
    colour = paint_of(one(_EMBLEMS.get(kind, _SEALS), rng), rng).tolist()
    x, y = mark.x, mark.y
    if kind == "seal":
        # The upper seal is the inspection's, the lower the office's.
        offsets = (-0.75, 0.75) if rng.random() < 0.6 else (0.0,)
        for index, offset in enumerate(offsets):
            centre = pixel((x, y + offset * radius * 1.35))
            tint = colour if index == 0 else paint_of("silver", rng).tolist()
            cv2.circle(canvas, centre, round(radius), tint, -1, cv2.LINE_AA)
            inner = paint_of(one(("white", "silver", "yellow", "black"), rng), rng).tolist()
            cv2.circle(canvas, centre, max(1, round(radius * 0.5)), inner, -1, cv2.LINE_AA)
    elif kind in {"oranges", "sun"}:
        for _ in range(2):
            centre = pixel((x + rng.normal(0, radius * 0.4), y + rng.normal(0, radius * 0.3)))
            cv2.circle(canvas, centre, round(radius * 0.6), colour, -1, cv2.LINE_AA)
        leaf = pixel((x, y - radius * 0.7))
        cv2.ellipse(canvas, leaf, (round(radius * 0.5), 2), 20, 0, 360, (60, 120, 20), -1)
    else:
        points = int(rng.integers(4, 10))
        angles = np.sort(rng.uniform(0, 2 * np.pi, points))
        reach = radius * rng.uniform(0.6, 1.15, points)
        outline = np.stack([x + np.cos(angles) * reach, y + np.sin(angles) * reach * 1.2], axis=1)
        if kind in {"shield", "flag"}:
            half = radius * 0.8
            outline = half * np.array([(-1, -1), (1, -1), (1, 0.5), (0, 1.3), (-1, 0.5)]) + (x, y)
        cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], colour, cv2.LINE_AA)
        if kind == "shield":
            flag(canvas, (x - half * 0.6, y - half * 0.6, x + half * 0.6, y + half * 0.4), rng)


def draw_line(
    canvas: Canvas, line: Line, ink: Colour, faces: Typefaces, rng: np.random.Generator
) -> None:
    """Writes a line of small words at the top or bottom of a plate, in place."""
    height, width = canvas.shape[:2]
    use = line.use
    if use != "script" and rng.random() < 0.2:
        use = one(("plain", "serif", "bold", "narrow"), rng)
    word = faces.word(filled(line.words, rng), use, rng)
    tall = line.height * height * rng.uniform(0.85, 1.15)
    middle = height * (0.035 + line.height * 0.5) + 0.02 * height
    if line.place == "bottom":
        middle = height - middle
    wide = width * line.width * rng.uniform(0.8, 1.1)
    wide = min(wide, width * 0.94)
    box = ((width - wide) / 2, middle - tall / 2, (width + wide) / 2, middle + tall / 2)
    colour = paint_of(line.ink, rng) if line.ink else ink
    write(canvas, word, (box[0], max(1.0, box[1]), box[2], min(height - 1.0, box[3])), colour)


def draw_stickers(canvas: Canvas, faces: Typefaces, rng: np.random.Generator) -> None:
    """Sticks month and year into one or two corners, in place."""
    height, width = canvas.shape[:2]
    corners = [(0.13, 0.14), (0.87, 0.14), (0.87, 0.86), (0.13, 0.86)]
    chosen = (0, 1) if rng.random() < 0.45 else (int(rng.integers(4)),)
    for index in chosen:
        x, y = corners[index][0] * width, corners[index][1] * height
        half_w, half_h = rng.uniform(0.045, 0.075) * width, rng.uniform(0.065, 0.095) * height
        box = (x - half_w, y - half_h, x + half_w, y + half_h)
        x1, y1, x2, y2 = (round(value) for value in box)
        name = one(
            ("red", "yellow", "green_plate", "sky", "orange", "white", "eu", "violet", "pink"), rng
        )
        bare = rng.random() < 0.25
        if not bare:
            canvas[y1:y2, x1:x2] = paint_of(name, rng)
        dark = canvas[(y1 + y2) // 2, (x1 + x2) // 2].mean() < 120
        text = one(words("months"), rng) if rng.random() < 0.5 else f"{rng.integers(5, 27):02d}"
        word = faces.word(text, "plain", rng)
        ink = np.full(3, 235 if dark else 40, np.float32)
        write(canvas, word, (box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), ink)


def draw_sideways(
    canvas: Canvas, edges: tuple[int, int, int, int], ink: Colour, faces: Typefaces,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Writes two or three small stacked letters beside the number, in place.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        edges: Left, right, top and bottom of the number's ink.
        ink: ``(3,)`` BGR.
        faces: For the letters.
        rng: Draws them and the side.
    """
    left, right, top, bottom = edges
    height, width = canvas.shape[:2]
    count = int(rng.integers(2, 4))
    pool = LETTERS + DIGITS
    on_left = left > width - right
    free = left if on_left else width - right
    tall = (bottom - top) * 0.9 / count
    wide = min(tall * 0.7, free * 0.5)
    if wide < 0.025 * width:
        return
    gap = 0.02 * width
    x = left - gap - wide if on_left else right + gap
    for index in range(count):
        word = faces.word(pool[int(rng.integers(len(pool)))], "plain", rng)
        y = top + (bottom - top) * (index + 0.1) / count
        write(canvas, word, (x, y, x + wide, min(y + tall * 0.85, height - 1.0)), ink)
