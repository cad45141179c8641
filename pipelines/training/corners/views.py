"""Views for training: what a detector's inexact box shows of a context, turned and worn."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.engines.corner_view import GROWTH_X, GROWTH_Y, VIEW_HEIGHT, VIEW_WIDTH
from pipelines.training.camera_noise import degrade
from pipelines.training.corners.contexts import Context, Pixels, Quad

Matrix = npt.NDArray[np.float64]

_CUT_BEFORE: Final = 0.1
_JITTER: Final = 0.06
_ROUGH_JITTER: Final = 0.13
_ROUGH_SHARE: Final = 0.25
_GREY: Final = 0.15


@dataclass(frozen=True, eq=False)
class View:
    """One input of the network with what it should answer.

    Attributes:
        pixels: ``(64, 128, 3)`` uint8 RGB.
        corners: ``(4, 2)`` float32, the context's corners as shares of the view.
        size: ``(2,)`` float32, width and height of the plate's bounding box as shares of the view.
        back: ``(3, 3)`` float32 homography from shares of the view to shares of the context's box,
            whose own corners are (0, 0) and (1, 1).
    """

    pixels: Pixels
    corners: Quad
    size: npt.NDArray[np.float32]
    back: npt.NDArray[np.float32]


def draw_view(context: Context, rng: np.random.Generator, *, worn: bool = True) -> View:
    """Draws one view.

    Args:
        context: What it shows.
        rng: Draws place, turn and wear.
        worn: Whether the plate is turned and the camera has faults.
    """
    picture = context.decode()
    corners = context.corners.astype(np.float64)
    if rng.random() < _CUT_BEFORE:
        picture, corners = _cut_before(picture, corners, rng)
    turn = _turn(corners, rng) if worn else np.eye(3)
    turned = project(turn, corners)
    low, high = turned.min(axis=0), turned.max(axis=0)
    low, high = _inexact(low, high, rng)
    growth = (high - low) * np.array([GROWTH_X, GROWTH_Y])
    low, high = low - growth, high + growth
    scale = np.array([VIEW_WIDTH, VIEW_HEIGHT]) / (high - low)
    window = np.array([[scale[0], 0, -low[0] * scale[0]], [0, scale[1], -low[1] * scale[1]]])
    to_view = np.vstack([window, [0, 0, 1]]) @ turn
    pixels = _warp(picture, to_view, float(scale.min()))
    pixels = _photographed(pixels, rng) if worn else pixels
    to_unit = np.diag([1 / VIEW_WIDTH, 1 / VIEW_HEIGHT, 1]) @ to_view
    unit = project(to_unit, corners)
    box_low, box_size = corners.min(axis=0), np.ptp(corners, axis=0)
    normalise = np.array(
        [[1 / box_size[0], 0, -box_low[0] / box_size[0]],
         [0, 1 / box_size[1], -box_low[1] / box_size[1]],
         [0, 0, 1]]
    )  # fmt: skip
    back = normalise @ np.linalg.inv(to_unit)
    return View(
        np.ascontiguousarray(pixels[..., ::-1]),
        unit.astype(np.float32),
        np.ptp(unit, axis=0).astype(np.float32),
        (back / back[2, 2]).astype(np.float32),
    )


def project(matrix: Matrix, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Applies a ``(3, 3)`` homography to ``(N, 2)`` points."""
    mapped = np.hstack([points, np.ones((len(points), 1))]) @ matrix.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _cut_before(
    picture: Pixels, corners: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """Cuts a picture to little more than its plate: some callers send such pictures."""
    height, width = picture.shape[:2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    spare = rng.uniform(-0.02, 0.12, (2, 2)) * (high - low)
    left, top = np.clip(low - spare[0], 0, None).astype(int).tolist()
    right, bottom = (high + spare[1]).astype(int).tolist()
    cut = picture[top : min(height, bottom + 1), left : min(width, right + 1)]
    if min(cut.shape[:2]) < 8:
        return picture, corners
    return cut, corners - np.array([left, top])


def _turn(corners: npt.NDArray[np.float64], rng: np.random.Generator) -> Matrix:
    """A turn in the plane, a stretch, a shear and a tilt about the plate's middle."""
    angle = np.radians(np.clip(rng.normal(0, 9), -28, 28))
    cos, sin = np.cos(angle), np.sin(angle)
    shear = rng.normal(0, 0.06)
    stretch = np.exp(rng.normal(0, 0.12))
    size = np.ptp(corners, axis=0)
    tilt = rng.normal(0, 0.06, 2) / np.maximum(size, 1.0)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[stretch, shear], [0, 1 / stretch]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[2, :2] = tilt
    x, y = corners.mean(axis=0)
    there = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    back = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
    return np.asarray(back @ matrix @ there)


def _inexact(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A detector's box: each side is off by some of the size."""
    spread = _ROUGH_JITTER if rng.random() < _ROUGH_SHARE else _JITTER
    size = high - low
    off = np.clip(rng.normal(0, spread, (2, 2)), -0.3, 0.3)
    return low + off[0] * size, high + off[1] * size


def _warp(picture: Pixels, matrix: Matrix, scale: float) -> Pixels:
    # The warp samples single pixels, so a finer source is averaged first.
    if scale < 0.5:
        height, width = picture.shape[:2]
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix @ np.diag([width / size[0], height / size[1], 1.0])
    # Matrices speak of edges of pixels and OpenCV of their middles.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    middle = np.linalg.inv(half) @ matrix @ half
    return np.asarray(
        cv2.warpPerspective(
            picture, middle, (VIEW_WIDTH, VIEW_HEIGHT), borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def _photographed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Light, colour and the faults of cameras."""
    gain = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.05, 3))
    pixels = np.clip(pixels * gain + rng.normal(0, 15), 0, 255).astype(np.uint8)
    if rng.random() < _GREY:
        grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        pixels = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if rng.random() < 0.3:
        factor = rng.uniform(0.2, 0.7)
        small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(cv2.resize(small, (VIEW_WIDTH, VIEW_HEIGHT)), np.uint8)
    return degrade(pixels, rng)
