"""Grounds of plates: colours, gradients, printed pictures, bands and borders."""

from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of

Canvas = npt.NDArray[np.float32]
Texture = npt.NDArray[np.float32]

_TEXTURES: Final = 8
_SIDE: Final = 256


@cache
def texture(index: int) -> Texture:
    """A cloudy texture.

    Returns:
        ``(256, 256)`` float32, 0 to 1.
    """
    rng = np.random.default_rng([7, index])
    total = np.zeros((_SIDE, _SIDE), np.float32)
    roughness = rng.uniform(0.4, 0.75)
    for octave in range(2, 8):
        coarse = rng.normal(0, 1, (2**octave, 2**octave)).astype(np.float32)
        total += roughness**octave * cv2.resize(
            coarse, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC
        )
    ranks = np.argsort(np.argsort(total.ravel())).astype(np.float32)
    return np.asarray((ranks / ranks.size).reshape(_SIDE, _SIDE), np.float32)


def clouds(shape: tuple[int, int], rng: np.random.Generator) -> Texture:
    """A random piece of a texture.

    Args:
        shape: Height and width.
        rng: Draws the piece.

    Returns:
        ``(H, W)`` float32, 0 to 1, evenly spread over the whole texture.
    """
    source = texture(int(rng.integers(_TEXTURES)))
    size = int(rng.integers(40, _SIDE + 1))
    x, y = rng.integers(0, _SIDE - size + 1, 2)
    piece = source[y : y + size, x : x + size]
    return np.asarray(cv2.resize(piece, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def ground(name: str, shape: tuple[int, int], rng: np.random.Generator) -> Canvas:
    """A coloured ground.

    Args:
        name: A colour, or several joined by ``>`` from top to bottom.
        shape: Height and width.
        rng: Draws the difference between makers.

    Returns:
        ``(H, W, 3)`` float32 BGR, 0 to 255.
    """
    height, width = shape
    colours = [paint_of(part, rng) for part in name.split(">")]
    if len(colours) == 1:
        return np.full((height, width, 3), colours[0], np.float32)
    steps = np.linspace(0, len(colours) - 1, height) + rng.uniform(-0.15, 0.15)
    table = np.stack(colours)
    rows = [np.interp(steps, np.arange(len(colours)), table[:, channel]) for channel in range(3)]
    column = np.stack(rows, axis=1).astype(np.float32)
    return np.repeat(column[:, None], width, axis=1)


def _ridge(width: int, rng: np.random.Generator, rough: float) -> npt.NDArray[np.float64]:
    """A skyline, 0 to 1, one value a column."""
    knots = rng.random(int(rng.integers(5, 14)))
    line = np.interp(np.linspace(0, len(knots) - 1, width), np.arange(len(knots)), knots)
    fine = np.interp(np.linspace(0, 40, width), np.arange(41), rng.random(41))
    return np.asarray(line * (1 - rough) + fine * rough, np.float64)


def _hills(
    canvas: Canvas, colours: list[str], heights: tuple[float, float], rng: np.random.Generator
) -> None:
    """Layers of hills, the nearer the lower, blended over the canvas."""
    height, width = canvas.shape[:2]
    rows = np.arange(height)[:, None]
    strength = rng.uniform(0.25, 0.75)
    for index, name in enumerate(colours):
        level = np.interp(index, [0, max(1, len(colours) - 1)], heights)
        skyline = height * (1 - level * (0.55 + 0.45 * _ridge(width, rng, 0.15)))
        mask = (rows > skyline[None])[..., None] * np.float32(strength)
        canvas += (paint_of(name, rng) - canvas) * mask


def _blobs(
    canvas: Canvas, names: list[str], box: tuple[float, float, float, float], count: int,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Ellipses and polygons in a part of the canvas (x1, y1, x2, y2 as shares): logos, trees."""
    height, width = canvas.shape[:2]
    for _ in range(count):
        x = int(rng.uniform(box[0], box[2]) * width)
        y = int(rng.uniform(box[1], box[3]) * height)
        size = rng.uniform(0.05, 0.2, 2) * height
        colour = paint_of(names[int(rng.integers(len(names)))], rng).tolist()
        if rng.random() < 0.5:
            axes = (max(2, int(size[0])), max(2, int(size[1])))
            cv2.ellipse(canvas, (x, y), axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            corners = rng.normal(0, 1, (int(rng.integers(3, 8)), 2)) * size + (x, y)
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)


def scenery(name: str, canvas: Canvas, rng: np.random.Generator) -> None:
    """Prints a picture on a ground, in place.

    Args:
        name: One of the sceneries of the layouts; unknown ones print clouds.
        canvas: ``(H, W, 3)`` float32 BGR.
        rng: Draws its shapes.
    """
    height, width = canvas.shape[:2]
    if name == "none":
        return
    if name in {"hills", "palehills", "lowhills", "mountain", "desert", "lake", "farm"}:
        colours, heights = {
            "hills": (["sky_deep", "green_line", "green_plate"], (0.7, 0.3)),
            "palehills": (["pale_blue", "sky", "green_pale"], (0.6, 0.3)),
            "lowhills": (["sky", "blue_kansas"], (0.25, 0.15)),
            "mountain": (["pale_blue", "silver", "white"], (0.85, 0.4)),
            "desert": (["violet", "orange", "brown"], (0.4, 0.12)),
            "lake": (["green_line", "sky_deep", "sky"], (0.75, 0.4)),
            "farm": (["green_pale", "yellow_nj", "green_pale"], (0.45, 0.2)),
        }[name]
        _hills(canvas, colours, heights, rng)
        if name == "desert":
            _blobs(canvas, ["green_line", "green_dark"], (0.02, 0.6, 0.2, 0.9), 3, rng)
    elif name in {"bands", "waves", "flag"}:
        for _ in range(int(rng.integers(1, 4))):
            y, thick = rng.uniform(0, height), int(rng.uniform(0.03, 0.12) * height)
            colour = paint_of(("navy", "sky", "red", "yellow_nl")[int(rng.integers(4))], rng)
            xs = np.linspace(0, width, 24)
            wave = y + np.sin(xs / width * rng.uniform(2, 12) + rng.uniform(0, 6)) * (
                0 if name == "bands" else 0.06 * height
            )
            line = np.stack([xs, wave], axis=1).astype(np.int32)
            cv2.polylines(canvas, [line], False, colour.tolist(), thick, cv2.LINE_AA)
    elif name == "rainbow":
        for index, colour_name in enumerate(("red", "orange", "yellow", "green_plate", "violet")):
            radius = int(height * (1.15 - 0.07 * index))
            colour = (paint_of(colour_name, rng) * 0.5 + 120).tolist()
            centre = (width // 2, int(height * 1.35))
            axes = (int(radius * 1.25), radius)
            cv2.ellipse(canvas, centre, axes, 0, 180, 360, colour, height // 14, cv2.LINE_AA)
    elif name == "arch":
        _hills(canvas, ["orange", "brown"], (0.5, 0.3), rng)
        centre, axes = (
            (int(width * rng.uniform(0.3, 0.7)), int(height * 0.9)),
            (width // 5, height // 2),
        )
        cv2.ellipse(canvas, centre, axes, 0, 180, 360, (60, 100, 190), height // 8, cv2.LINE_AA)
    elif name in {"tree", "bird", "peach", "gem", "faces", "disc", "bridge", "windmill"}:
        x = rng.choice([0.12, 0.5, 0.88])
        names = {"tree": ["green_line", "green_dark"], "bird": ["red", "brown", "silver"],
                 "peach": ["orange", "sunset"]}.get(name, ["silver", "brown", "sky"])  # fmt: skip
        before = canvas.copy()
        _blobs(canvas, names, (x - 0.06, 0.25, x + 0.06, 0.75), 6, rng)
        canvas += (before - canvas) * np.float32(rng.uniform(0.2, 0.6))
    elif name == "logo_left":
        names = ["red", "navy", "green_plate", "orange", "yellow", "black", "violet"]
        _blobs(canvas, names, (0.07, 0.35, 0.15, 0.65), int(rng.integers(3, 9)), rng)
    else:
        veil = clouds((height, width), rng)[..., None] * np.float32(rng.uniform(0.1, 0.4))
        canvas += (paint_of(("white", "sky", "cream")[int(rng.integers(3))], rng) - canvas) * veil
