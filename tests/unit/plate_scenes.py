"""Rendered pictures of plates whose place and slant are known."""

import math
from functools import cache

import cv2
import numpy as np

from configs.settings import PlateDetectorSettings
from pipelines.engines.plate_detector import UltralyticsPlateDetector
from pipelines.types import Box, Picture


def noise(height: int, width: int, seed: int = 0) -> Picture:
    """A dark grey picture with grain."""
    grain = np.random.default_rng(seed).integers(80, 120, (height, width, 3))
    return grain.astype(np.uint8)


def plate(text: str = "7359 HBN", scale: float = 1.0) -> Picture:
    """A white plate of 220x48 px times the scale, dark border and text."""
    height, width = int(48 * scale), int(220 * scale)
    picture = np.full((height, width, 3), 235, np.uint8)
    border = max(1, int(2 * scale))
    cv2.rectangle(picture, (1, 1), (width - 2, height - 2), (20, 20, 20), border)
    origin = (int(14 * scale), int(37 * scale))
    thickness = max(1, int(3 * scale))
    cv2.putText(picture, text, origin, 0, 1.25 * scale, (10, 10, 10), thickness, cv2.LINE_AA)
    return picture


def scene(angle: float = 0.0, scale: float = 1.0, text: str = "7359 HBN") -> tuple[Picture, Box]:
    """A plate in the middle of 640x400 px times the scale, turned clockwise by degrees."""
    ground = noise(int(400 * scale), int(640 * scale))
    height, width = ground.shape[:2]
    face = plate(text, scale)
    h, w = face.shape[:2]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turn = np.array(
        [
            [cos, -sin, (width - cos * w + sin * h) / 2],
            [sin, cos, (height - sin * w - cos * h) / 2],
        ]
    )
    mask = cv2.warpAffine(np.full((h, w), 255, np.uint8), turn, (width, height))
    turned = cv2.warpAffine(face, turn, (width, height))
    picture = np.where(mask[..., None] > 127, turned, ground)
    half_w, half_h = (w * cos + h * abs(sin)) / 2, (w * abs(sin) + h * cos) / 2
    x, y = width / 2, height / 2
    return picture, Box(x - half_w, y - half_h, x + half_w, y + half_h)


@cache
def real_detector() -> UltralyticsPlateDetector:
    """The real engine with the weights of the repository, loaded once a test run.

    Weights learned from photos score drawings low, hence the low bound.
    """
    return UltralyticsPlateDetector(PlateDetectorSettings(min_score=0.1))
