"""Random views of a plate: what a detector, a corner finder and a cheap camera make of it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.training.reader.network import HEIGHT, WIDTH

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float32]

_STRAIGHTENED: Final = 0.6
"""Share of plates with known corners that are seen straightened; others are cut by their box."""

_CLEAN: Final = 0.3
"""Share of views without a camera's faults: most plates at a gate are large and sharp."""

_KERNELS: Final = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def plain_view(picture: Pixels, corners: Corners, margin: float = 0.03) -> Pixels:
    """The plate without any chance in it, for measuring.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        corners: ``(4, 2)`` pixels.
        margin: Added on each side, as a share of the plate's sides.

    Returns:
        ``(64, 160, 3)`` uint8 BGR.
    """
    return _warp(picture, corners, _target(margin, margin, margin, margin), (WIDTH, HEIGHT))


def random_view(
    picture: Pixels, corners: Corners, rng: np.random.Generator, *, boxed: bool
) -> Pixels:
    """One random look at the plate.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR with some surroundings of the plate.
        corners: ``(4, 2)`` pixels.
        rng: Draws the view.
        boxed: The corners are only those of the plate's box.

    Returns:
        ``(64, 160, 3)`` uint8 BGR.
    """
    if boxed or rng.random() > _STRAIGHTENED:
        corners = _turned(_box(corners), rng, 3.5 if boxed else 1.5)
        sides = rng.uniform(-0.03, 0.12, 4)
        jitter = 0.012
    else:
        sides = rng.uniform(-0.025, 0.1, 4)
        jitter = 0.02
    target = _target(*sides) + (rng.standard_normal((4, 2)) * jitter * (WIDTH, HEIGHT))
    clean = rng.random() < _CLEAN
    size = (WIDTH, HEIGHT) if clean else _resolution(corners, rng)
    shrink = np.array(size, np.float32) / (WIDTH, HEIGHT)
    view = _warp(picture, corners, np.asarray(target * shrink, np.float32), size)
    if not clean:
        view = camera(view, rng)
    if view.shape[:2] != (HEIGHT, WIDTH):
        kernel = int(rng.choice(_KERNELS[1:]))
        view = np.asarray(cv2.resize(view, (WIDTH, HEIGHT), interpolation=kernel), np.uint8)
    return view


def camera(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Light, colour, blur, noise and compression, drawn at random; the shape stays."""
    if rng.random() < 0.5:
        view = _light(view, rng)
    if rng.random() < 0.12:
        view = _shade(view, rng)
    if rng.random() < 0.35:
        view = _colour(view, rng)
    if rng.random() < 0.3:
        view = _blur(view, rng)
    if rng.random() < 0.35:
        noise = rng.standard_normal(view.shape, np.float32)
        if rng.random() < 0.5:
            noise = np.repeat(noise[:, :, :1], 3, axis=2)
        view = _clipped(view + noise * np.float32(rng.uniform(2, 18)))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 75))]
        encoded = cv2.imencode(".jpg", view, quality)[1]
        view = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return view


def _target(left: float, top: float, right: float, bottom: float) -> Corners:
    """Where a plate's corners come to lie with such margins, pixels of the view."""
    x1, x2 = left / (1 + left + right), (1 + left) / (1 + left + right)
    y1, y2 = top / (1 + top + bottom), (1 + top) / (1 + top + bottom)
    square = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)
    return np.asarray(square * (WIDTH, HEIGHT), np.float32)


def _box(corners: Corners) -> Corners:
    (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)


def _turned(corners: Corners, rng: np.random.Generator, degrees: float) -> Corners:
    """A box turned and sheared about its centre."""
    angle = np.deg2rad(rng.normal(0, degrees))
    shear = rng.normal(0, 0.06)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    slant = np.array([(1, shear), (0, 1)])
    centre = corners.mean(axis=0)
    return np.asarray((corners - centre) @ (turn @ slant).T + centre, np.float32)


def _resolution(corners: Corners, rng: np.random.Generator) -> tuple[int, int]:
    """The size at which the camera saw the plate, at most the view's own."""
    if rng.random() < 0.6:
        return WIDTH, HEIGHT
    height = float(np.exp(rng.uniform(np.log(11), np.log(48))))
    across = float(np.linalg.norm(corners[1] - corners[0]))
    down = max(1.0, float(np.linalg.norm(corners[3] - corners[0])))
    # A flat plate of this height is wide, a square one is not.
    width = height * min(5.0, max(1.2, across / down))
    return max(28, min(WIDTH, round(width))), max(10, min(HEIGHT, round(height)))


def _warp(picture: Pixels, corners: Corners, target: Corners, size: tuple[int, int]) -> Pixels:
    matrix = cv2.getPerspectiveTransform(corners, np.asarray(target, np.float32))
    across = float(np.linalg.norm(corners[1] - corners[0]))
    down = float(np.linalg.norm(corners[3] - corners[0]))
    # Sampling far below the picture's own resolution would alias.
    factor = max(across / size[0], down / size[1], 1e-3)
    if factor > 1.5:
        sigma = 0.3 * factor
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    warped = cv2.warpPerspective(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.uint8)


def _light(view: Pixels, rng: np.random.Generator) -> Pixels:
    gamma = np.exp(rng.normal(0, 0.4))
    gain, lift = np.exp(rng.normal(0, 0.25)), rng.normal(0, 18)
    levels = 255.0 * (np.arange(256) / 255.0) ** gamma * gain + lift
    return np.asarray(cv2.LUT(view, np.clip(levels, 0, 255).astype(np.uint8)), np.uint8)


def _shade(view: Pixels, rng: np.random.Generator) -> Pixels:
    height, width = view.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    angle = rng.uniform(0, 2 * np.pi)
    distance = np.cos(angle) * across + np.sin(angle) * down - rng.uniform(-0.7, 0.7)
    edge = 1 / (1 + np.exp(-distance * rng.choice([2.0, 8.0, 40.0])))
    dark = rng.uniform(0.3, 0.8)
    return _clipped(np.asarray(view * (dark + (1 - dark) * edge)[:, :, None], np.float32))


def _colour(view: Pixels, rng: np.random.Generator) -> Pixels:
    chance = rng.random()
    if chance < 0.45:
        grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if chance < 0.9:
        cast = np.exp(rng.normal(0, 0.15, 3)).astype(np.float32)
        return _clipped(view.astype(np.float32) * cast)
    return np.ascontiguousarray(view[:, :, rng.permutation(3)])


def _blur(view: Pixels, rng: np.random.Generator) -> Pixels:
    strength = view.shape[0] / HEIGHT
    if rng.random() < 0.5:
        sigma = rng.uniform(0.4, 2.2) * strength
        return np.asarray(cv2.GaussianBlur(view, (0, 0), max(0.2, sigma)), np.uint8)
    length = max(2, round(rng.uniform(3, 11) * strength))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    kernel = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
    kernel /= max(1e-6, float(kernel.sum()))
    return np.asarray(cv2.filter2D(view, -1, kernel), np.uint8)


def _clipped(values: NDArray[np.float32]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)
