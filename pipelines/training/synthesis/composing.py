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


def compose(
    rng: np.random.Generator, plate: SyntheticPlate, backdrops: Backdrops
) -> Composed:
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
    return Composed(_photographed(scene, rng), corners)


def _stand(
    scene: Canvas, plate: SyntheticPlate, corners: Corners, rng: np.random.Generator
) -> None:
    """Warps a plate onto a scene and fits its light, in place."""
    height, width = scene.shape[:2]
    picture, mask, flat = plate.picture, plate.mask, plate.corners
    shrink = 1.15 * np.linalg.norm(corners[1] - corners[0]) / np.linalg.norm(flat[1] - flat[0])
    if shrink < 0.85:
        shape = (max(8, round(picture.shape[1] * shrink)), max(6, round(picture.shape[0] * shrink)))
        flat = flat * (np.array(shape, np.float32) / picture.shape[1::-1])
        picture = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), corners)
    warped = cv2.warpPerspective(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    share = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
    share = share.astype(np.float32) / 255
    if rng.random() < 0.7:
        offset = rng.uniform(0.005, 0.03) * width
        moved = np.array([[1, 0, rng.normal(0, offset)], [0, 1, offset]], np.float32)
        drop = cv2.warpAffine(share, moved, (width, height))
        drop = cv2.GaussianBlur(drop, (0, 0), max(0.6, offset * 0.8))
        scene *= 1 - drop[..., None] * np.float32(rng.uniform(0.2, 0.7))
    around = float(scene.mean())
    light = np.clip(around / 118, 0.4, 1.2) ** rng.uniform(0.2, 0.7) * rng.uniform(0.8, 1.12)
    colour = scene.reshape(-1, 3).mean(axis=0) / max(around, 1)
    cast = 1 + (colour - 1) * np.float32(rng.uniform(0, 0.6))
    warped *= (cast * np.float32(light)).astype(np.float32)
    scene += (warped - scene) * share[..., None]


def _photographed(scene: Canvas, rng: np.random.Generator) -> Picture:
    """Shadow, camera and night, in moderation: training adds its own on the fly."""
    if rng.random() < 0.12:
        wear.shadow(scene, rng)
    night = rng.random()
    if night < 0.06:
        grey = scene @ np.array([0.114, 0.587, 0.299], np.float32)
        scene = np.repeat(((grey - 30) * np.float32(rng.uniform(1.0, 1.4)))[..., None], 3, axis=2)
    elif night < 0.14:
        tint = np.array((1.0, 0.95, 0.8) if rng.random() < 0.5 else (0.6, 0.85, 1.0), np.float32)
        scene = scene * tint * np.float32(rng.uniform(0.45, 0.85))
    elif night < 0.2:
        grey = scene @ np.array([0.114, 0.587, 0.299], np.float32)
        scene = np.repeat(grey[..., None], 3, axis=2)
    gain, offset = rng.normal(1, 0.1), rng.normal(0, 8)
    scene = (scene - 118) * np.float32(gain) + np.float32(118 + offset)
    scene *= (1 + rng.normal(0, 0.035, 3)).astype(np.float32)
    if rng.random() < 0.25:
        scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.4, 1.1))
    if rng.random() < 0.4:
        noise = rng.standard_normal(scene.shape[:2], np.float32)[..., None]
        scene = scene + noise * np.float32(rng.uniform(1, 8))
    return np.asarray(np.clip(scene, 0, 255), np.uint8)
