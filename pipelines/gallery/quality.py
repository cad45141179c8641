"""One number for how good a picture of its person a face is."""

from math import cos, radians

from pipelines.types import FaceQuality

FULL_SIZE_PX = 112.0
"""Side of the aligned crop: a larger face brings the encoder nothing more."""

HALF_SHARPNESS = 100.0
"""Laplacian variance at which sharpness counts half."""


def quality_score(score: float, quality: FaceQuality) -> float:
    """Rank the faces of one driver; the best is shown to people.

    The product of detector score, size, sharpness and frontality, so that a face which fails in
    one respect cannot win by another.

    Args:
        score: Detector confidence, [0, 1].
        quality: Measures of the face.

    Returns:
        [0, 1], higher is better.
    """
    size = min(1.0, quality.size_px / FULL_SIZE_PX)
    sharpness = quality.sharpness / (quality.sharpness + HALF_SHARPNESS)
    frontality = _facing(quality.yaw) * _facing(quality.pitch)
    return score * size * sharpness * frontality


def _facing(angle_deg: float) -> float:
    return max(0.0, cos(radians(max(-90.0, min(90.0, angle_deg)))))
