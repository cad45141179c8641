"""Stands plates up before backdrops: perspective, light, camera."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis import wear
from pipelines.training.synthesis.backdrops import Backdrops, body
from pipelines.training.synthesis.painting import SyntheticPlate

Picture = npt.NDArray[np.uint8]
Canvas = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float32]

MARGIN: Final = 0.36
"""Smallest share of the plate's bounding box visible on each side."""

_LONGER_SIDE_PX: Final = (100.0, 240.0)
_LEAST_SPREAD: Final = (32.0, 70.0)
"""Grey levels between the dark and the bright parts of a plate."""

_FOCAL: Final = 3.2
"""Distance of the camera over the plate's width at which perspective is strongest."""


@dataclass(frozen=True)
class Composed:
    """A plate in its surroundings.

    Attributes:
        picture: ``(H, W, 3)`` uint8 BGR.
        corners: ``(4, 2)`` float32 px: top left, top right, bottom right, bottom left of the plate
            as its text stands.
    """

    picture: Picture
    corners: Corners


def turned(corners: Corners, rng: np.random.Generator) -> Corners:
    """Views a flat plate from the side, from above and with a tilted camera.

    Args:
        corners: ``(4, 2)`` float32 px of the flat plate.
        rng: Draws the angles: mostly small, some strong.

    Returns:
        ``(4, 2)`` float32, in units of the plate's width, around the origin.
    """
    strong = rng.random()
    yaw = rng.normal(0, 14) if strong < 0.75 else rng.uniform(-58, 58)
    pitch = rng.normal(4, 8) if strong < 0.8 else rng.uniform(-30, 40)
    roll = rng.normal(0, 4) if rng.random() < 0.85 else rng.uniform(-25, 25)
    yaw, pitch, roll = np.radians((yaw, pitch, roll))
    span = corners[1, 0] - corners[0, 0]
    flat = (corners - corners.mean(axis=0)) / span
    x, y = flat[:, 0] * np.cos(yaw), flat[:, 1]
    depth = flat[:, 0] * np.sin(yaw)
    y, depth = y * np.cos(pitch) - depth * np.sin(pitch), y * np.sin(pitch) + depth * np.cos(pitch)
    distance = rng.uniform(_FOCAL, 14.0)
    x, y = x / (1 + depth / distance), y / (1 + depth / distance)
    skew = rng.normal(0, 0.04)
    return np.stack(
        [x * np.cos(roll) - y * np.sin(roll) + skew * y, x * np.sin(roll) + y * np.cos(roll)],
        axis=1,
    ).astype(np.float32)


def compose(rng: np.random.Generator, plate: SyntheticPlate, backdrops: Backdrops) -> Composed:
    """Puts a plate before a backdrop.

    Args:
        rng: Draws view, place and light.
        plate: The plate.
        backdrops: What may surround it; one plate in seven, and all where there are none, hang on a
            painted car's body.
    """
    view = turned(plate.corners, rng)
    size = view.max(axis=0) - view.min(axis=0)
    longer = np.exp(rng.uniform(*np.log(_LONGER_SIDE_PX)))
    corners = view * np.float32(longer / size.max())
    size = corners.max(axis=0) - corners.min(axis=0)
    margins = rng.uniform(MARGIN, MARGIN + 0.3, (2, 2)) * np.maximum(size, 0.35 * size.max())
    canvas_size = np.ceil(size + margins.sum(axis=0)).astype(int)
    corners = corners - corners.min(axis=0) + margins[0]
    shape = (int(canvas_size[1]), int(canvas_size[0]))
    backdrop = backdrops.fitting(float(size[0] / size[1]), rng) if rng.random() < 0.85 else None
    scene = body(shape, rng) if backdrop is None else backdrop.around(corners, shape, rng)
    corners = corners.astype(np.float32)
    _stand(scene, plate, corners, rng)
    return Composed(_legible(_photographed(scene, rng), corners, rng), corners)


def _legible(picture: Picture, corners: Corners, rng: np.random.Generator) -> Picture:
    """Raises a contrast too low for people to read."""
    low, high = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
    grey = picture[low[1] : high[1] : 3, low[0] : high[0] : 3, 1]
    dark, bright = np.percentile(grey, (8, 92))
    wanted = rng.uniform(*_LEAST_SPREAD)
    if bright - dark >= wanted:
        return picture
    gain = min(4.0, wanted / max(bright - dark, 4.0))
    offset = max(rng.uniform(15, 70), dark) - dark * gain
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain, beta=offset), np.uint8)


def _stand(
    scene: Canvas, plate: SyntheticPlate, corners: Corners, rng: np.random.Generator
) -> None:
    """Warps a plate onto a scene and fits its light, in place."""
    picture, mask, flat = plate.picture, plate.mask, plate.corners
    shrink = 1.15 * np.linalg.norm(corners[1] - corners[0]) / np.linalg.norm(flat[1] - flat[0])
    if shrink < 0.85:
        shape = (max(8, round(picture.shape[1] * shrink)), max(6, round(picture.shape[0] * shrink)))
        flat = np.asarray(flat * (np.array(shape) / picture.shape[1::-1]), np.float32)
        picture = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA)
    offset = rng.uniform(0.005, 0.03) * scene.shape[1]
    part, corner = _window(scene, corners, 0.14, 3 * offset)
    local = (corners - corner).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), local)
    size = part.shape[1::-1]
    warped = cv2.warpPerspective(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpPerspective(mask, matrix, size)
    around = cv2.mean(scene)[:3]
    grey = sum(around) / 3
    if rng.random() < 0.7:
        moved = np.array([[1, 0, rng.normal(0, offset)], [0, 1, offset]], np.float32)
        drop = cv2.warpAffine(share, moved, size)
        drop = cv2.blur(drop, (2 * round(offset) + 1,) * 2).astype(np.float32)
        part *= 1 - drop[..., None] * np.float32(rng.uniform(0.2, 0.7) / 255)
    light = np.clip(grey / 118, 0.4, 1.2) ** rng.uniform(0.2, 0.7) * rng.uniform(0.8, 1.12)
    cast = 1 + (np.array(around) / max(grey, 1) - 1) * rng.uniform(0, 0.6)
    lit = warped * (cast * light).astype(np.float32)
    lit -= part
    lit *= (share * np.float32(1 / 255))[..., None]
    part += lit


def _window(
    scene: Canvas, corners: Corners, share: float, more: float
) -> tuple[Canvas, npt.NDArray[np.int64]]:
    """The part of a scene around corners (a view), and its upper left pixel."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    reach = share * (high - low).max() + more
    first = np.maximum(np.floor(low - reach), 0).astype(np.int64)
    last = np.ceil(high + reach).astype(np.int64)
    return scene[first[1] : last[1], first[0] : last[0]], first


def _grey(scene: Canvas, gain: float, offset: float) -> Canvas:
    grey = cv2.cvtColor(scene, cv2.COLOR_BGR2GRAY) * np.float32(gain) + np.float32(gain * offset)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.float32)


def _photographed(scene: Canvas, rng: np.random.Generator) -> Picture:
    """Shadow, camera and night, in moderation: training adds its own on the fly."""
    if rng.random() < 0.12:
        wear.shadow(scene, rng)
    night = rng.random()
    if night < 0.06:
        scene = _grey(scene, rng.uniform(1.0, 1.4), -30.0)
    elif night < 0.14:
        tint = np.array((1.0, 0.95, 0.8) if rng.random() < 0.5 else (0.6, 0.85, 1.0), np.float32)
        scene = scene * tint * np.float32(rng.uniform(0.45, 0.85))
    elif night < 0.2:
        scene = _grey(scene, 1.0, 0.0)
    gains = rng.normal(1, 0.1) * (1 + rng.normal(0, 0.035, 3))
    scene *= gains.astype(np.float32)
    scene += (118 * (1 - gains) + rng.normal(0, 8)).astype(np.float32)
    if rng.random() < 0.4:
        noise = rng.standard_normal(scene.shape[:2], np.float32)
        noise *= np.float32(rng.uniform(1, 8))
        scene += noise[..., None]
    picture = np.clip(scene, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.1))
    return np.asarray(picture, np.uint8)
