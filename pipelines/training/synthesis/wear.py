"""What happens to plates: screws, dirt, scratches, faded film, shadows, glare, frames."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of
from pipelines.training.synthesis.drawing import write
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.surface import clouds
from pipelines.training.synthesis.vocabulary import filled, one

Canvas = npt.NDArray[np.float32]
Texture = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]


def emboss(canvas: Canvas, ink: Texture, strength: float, rng: np.random.Generator) -> None:
    """Lights the raised edges of the number from one side, in place.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        ink: ``(H, W)`` float32, 0 to 1.
        strength: 0 flat to 1 deep.
        rng: Draws the light's direction.
    """
    soft = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.8, 1.8))
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.3 else rng.normal(np.pi / 2, 0.6)
    relief = (dx * np.cos(angle) + dy * np.sin(angle)) * np.float32(strength * 32)
    canvas += relief[..., None]


def screws(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draws two or four screws or holes, in place."""
    height, width = canvas.shape[:2]
    far = rng.uniform(0.04, 0.3)
    y = rng.uniform(0.07, 0.16)
    points = [(far, y), (1 - far, y)]
    if rng.random() < 0.45:
        points += [(far, 1 - y), (1 - far, 1 - y)]
    if rng.random() < 0.3:
        points = [(far * 0.4, 0.5), (1 - far * 0.4, 0.5)]
    radius = max(1.5, rng.uniform(0.012, 0.028) * min(width, 2 * height))
    grey = float(rng.choice([40, 90, 150, 205]))
    for x_share, y_share in points:
        centre = round(x_share * width), round(y_share * height)
        cv2.circle(canvas, centre, round(radius + 1), (grey * 0.5,) * 3, -1, cv2.LINE_AA)
        cv2.circle(canvas, centre, round(radius), (grey,) * 3, -1, cv2.LINE_AA)


def dirt(canvas: Canvas, rng: np.random.Generator) -> None:
    """Covers a plate unevenly with dust or mud, more towards the bottom, in place."""
    height, width = canvas.shape[:2]
    veil = clouds((height, width), rng)
    ramp = np.linspace(rng.uniform(-0.3, 0.2), rng.uniform(0.0, 0.5), height, dtype=np.float32)
    amount = np.clip((veil + ramp[:, None] - rng.uniform(0.35, 0.8)) * 2.5, 0, 1)
    strength = rng.uniform(0.15, 0.6)
    mud = np.array(
        ((70, 90, 110), (60, 75, 85), (120, 130, 140), (35, 40, 45))[int(rng.integers(4))],
        np.float32,
    )
    canvas += (mud - canvas) * (amount * np.float32(strength))[..., None]


def scratches(canvas: Canvas, rng: np.random.Generator) -> None:
    """Scratches a plate with a few thin lines, in place."""
    height, width = canvas.shape[:2]
    for _ in range(int(rng.integers(1, 8))):
        start = rng.uniform((0, 0), (width, height))
        end = start + rng.normal(0, 0.25, 2) * (width, height)
        grey = float(rng.uniform(60, 220))
        low, high = start.astype(int).tolist(), end.astype(int).tolist()
        cv2.line(canvas, low, high, (grey, grey, grey), 1, cv2.LINE_AA)


def faded(ink: Texture, rng: np.random.Generator) -> Texture:
    """Rubs paint off the number: ``(H, W)`` float32, 0 to 1, as ``ink``."""
    rub = clouds(ink.shape, rng)
    kept = np.clip((rub - rng.uniform(0.0, 0.35)) * 4 + 0.3, rng.uniform(0.25, 0.5), 1)
    return np.asarray(ink * kept, np.float32)


def pressed(ink: Texture, rng: np.random.Generator) -> Texture:
    """Changes the strokes' weight and rounds their corners as pressing and rolling do.

    Args:
        ink: ``(H, W)`` float32, 0 to 1.
        rng: Draws how much.

    Returns:
        ``(H, W)`` float32, 0 to 1.
    """
    sigma = rng.uniform(0.6, 1.0) * ink.shape[0] / 130
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.4, sigma))
    level = rng.uniform(0.36, 0.62)
    return np.asarray(np.clip((soft - level) * 3.2 + 0.5, 0, 1), np.float32)


def shadow(canvas: Canvas, rng: np.random.Generator) -> None:
    """Darkens a part of a picture behind a straight edge, hard or soft, in place."""
    height, width = canvas.shape[:2]
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else np.pi / 2 + rng.normal(0, 0.15)
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None] * (width / max(width, height))
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * (height / max(width, height))
    reach = 0.5 * abs(np.cos(angle)) + 0.5 * abs(np.sin(angle)) * height / width
    side = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    side = side + np.float32(rng.uniform(-0.7, 0.7) * reach)
    if rng.random() < 0.3:
        side = side + (clouds((height, width), rng) - 0.5) * np.float32(rng.uniform(0.1, 0.4))
    sharp = rng.choice([6.0, 15.0, 60.0, 200.0])
    dark = np.clip(side * np.float32(sharp) + 0.5, 0, 1) * np.float32(rng.uniform(0.25, 0.72))
    canvas *= 1 - cv2.merge([dark * np.float32(0.9), dark, dark * np.float32(1.05)])


def glare(canvas: Canvas, rng: np.random.Generator) -> None:
    """Adds a bright reflection, in place."""
    height, width = canvas.shape[:2]
    x = np.linspace(0, 1, width, dtype=np.float32)[None] - np.float32(rng.uniform(-0.1, 1.1))
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None] - np.float32(rng.uniform(-0.2, 1.2))
    wide, tall = rng.uniform(0.06, 0.5), rng.uniform(0.15, 0.9)
    spot = np.exp(-((x / np.float32(wide)) ** 2) - (y / np.float32(tall)) ** 2)
    canvas += (spot * np.float32(rng.uniform(30, 130)))[..., None]


def framed(
    canvas: Canvas, edges: tuple[int, int, int, int], faces: Typefaces, rng: np.random.Generator
) -> tuple[Canvas, tuple[int, int, int, int]]:
    """Puts a plate into a holder that covers its rim.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        edges: Left, right, top and bottom of the number's ink, which stays visible.
        faces: For the dealer's words.
        rng: Draws widths, colour and words.

    Returns:
        ``(H', W', 3)`` float32, and how far it reaches beyond the plate: left, top, right, bottom.
    """
    height, width = canvas.shape[:2]
    unit = min(height, width / 2)
    thick = rng.choice([0.04, 0.07, 0.11])
    out = np.maximum(1, rng.uniform(0.3, 1.0, 4) * thick * unit).astype(int)
    cover = rng.uniform(0.0, 0.035, 4) * unit
    if rng.random() < 0.75:
        cover[3] = rng.uniform(0.02, 0.13 if width > 2.6 * height else 0.2) * height
        out[3] = int(max(out[3], rng.uniform(0.02, 0.12) * height))
    if width < 2.6 * height and rng.random() < 0.55:
        cover[1] = rng.uniform(0.02, 0.19) * height
        out[1] = int(max(out[1], rng.uniform(0.02, 0.11) * height))
    free = (edges[0], edges[2], width - edges[1], height - edges[3])
    cover = np.clip(cover, 0, np.maximum(np.array(free) - 0.015 * height, 0))
    left, top, right, bottom = (int(value) for value in out)
    shade = rng.choice([20, 32, 60, 150, 205], p=[0.35, 0.25, 0.1, 0.15, 0.15])
    tint = np.full(3, shade, np.float32) + rng.normal(0, 6, 3).astype(np.float32)
    result = np.full((height + top + bottom, width + left + right, 3), tint, np.float32)
    fade = np.linspace(rng.uniform(-12, 12), rng.uniform(-12, 12), result.shape[0])
    result += fade.astype(np.float32)[:, None, None]
    opening = np.zeros(result.shape[:2], np.uint8)
    x1, y1 = left + int(cover[0]), top + int(cover[1])
    x2, y2 = left + width - int(cover[2]), top + height - int(cover[3])
    _rounded(opening, (x1, y1, x2, y2), max(1, round(rng.uniform(0.01, 0.09) * unit)))
    share = (opening / np.float32(255))[..., None]
    inner = result[top : top + height, left : left + width]
    part = share[top : top + height, left : left + width]
    inner += (canvas - inner) * part
    ink = np.full(3, 225 if shade < 100 else 40, np.float32)
    if rng.random() < 0.25:
        ink = paint_of(("yellow", "red", "sky", "orange")[int(rng.integers(4))], rng)
    for y_low, y_high, likely in ((y2, result.shape[0], 0.75), (0, y1, 0.6)):
        if y_high - y_low > 5 and rng.random() < likely:
            use = one(("plain", "bold", "serif"), rng)
            word = faces.word(filled("{dealer}", rng), use, rng)
            inset = result.shape[1] * rng.uniform(0.05, 0.25)
            box = (inset, y_low + 1.0, result.shape[1] - inset, y_high - 1.0)
            write(result, word, box, ink)
    return result, (left, top, right, bottom)


def _rounded(mask: Picture, box: tuple[int, int, int, int], radius: int) -> None:
    """Fills a rectangle with round corners, in place."""
    x1, y1, x2, y2 = box
    radius = max(1, min(radius, (x2 - x1) // 2 - 1, (y2 - y1) // 2 - 1))
    cv2.rectangle(mask, (x1 + radius, y1), (x2 - 1 - radius, y2 - 1), 255, -1)
    cv2.rectangle(mask, (x1, y1 + radius), (x2 - 1, y2 - 1 - radius), 255, -1)
    for x in (x1 + radius, x2 - 1 - radius):
        for y in (y1 + radius, y2 - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)


def bent(picture: Picture, mask: Picture, rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Bends a long plate up or down between its ends, which stay where they are.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        mask: ``(H, W)`` uint8.
        rng: Draws how far.

    Returns:
        Picture and mask of the same size; what bends over the edge is cut off.
    """
    height, width = mask.shape
    depth = rng.uniform(-0.11, 0.11) * height
    x = np.linspace(-1, 1, width, dtype=np.float32)
    arc = np.float32(depth) * (1 - x**2)
    scale = 1 - 2 * abs(depth) / height * np.float32(0.5)
    rows = np.arange(height, dtype=np.float32)[:, None]
    map_y = np.clip((rows - arc[None] - height / 2) / np.float32(scale) + height / 2, -1, height)
    map_x = np.repeat(np.arange(width, dtype=np.float32)[None], height, axis=0)
    maps = (map_x, map_y.astype(np.float32))
    return (
        np.asarray(cv2.remap(picture, *maps, cv2.INTER_LINEAR), np.uint8),
        np.asarray(cv2.remap(mask, *maps, cv2.INTER_LINEAR), np.uint8),
    )


def outline(shape: tuple[int, int], radius: float) -> Picture:
    """A plate's shape: ``(H, W)`` uint8, 255 inside."""
    mask = np.zeros(shape, np.uint8)
    _rounded(mask, (0, 0, shape[1], shape[0]), max(1, round(radius)))
    return mask
