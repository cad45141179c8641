"""Measures of how well a face can be recognised."""

from math import atan2, degrees, hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Box, FaceQuality, Picture

MEAN_FACE: Final = np.array(
    [
        [-0.500, -0.524, 0.097],
        [0.500, -0.524, 0.097],
        [0.000, 0.048, 0.408],
        [-0.424, 0.499, -0.301],
        [0.424, 0.499, -0.301],
    ]
)
"""Eyes, nose and mouth corners of a mean face in distances between the eyes; x to the right of the
picture, y down, z to the viewer. In the plane: the median of YuNet's aligned landmarks on 1,063
press photos, made symmetric. In depth: the mean face that InsightFace carries (meanshape_68),
turned to look the same way.
"""


def measure_quality(box: Box, landmarks: NDArray[np.float32], aligned: Picture) -> FaceQuality:
    """Measure one face.

    Args:
        box: In pixels of the source picture.
        landmarks: ``(5, 2)`` float32 pixels of the source picture, ordered as in ``Face``.
        aligned: ``(112, 112, 3)`` uint8 BGR.
    """
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)
    yaw, pitch, roll = head_pose(landmarks)
    return FaceQuality(
        size_px=min(box.width, box.height),
        sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        brightness=float(grey.mean()),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
    )


def head_pose(landmarks: NDArray[np.float32]) -> tuple[float, float, float]:
    """Estimate where a face looks, from five landmarks.

    A mean face under scaled orthographic projection is fitted by least squares, the first step of
    POSIT (DeMenthon and Davis, 1995). Good to some ten degrees: heads differ from the mean.

    Args:
        landmarks: ``(5, 2)`` float32 pixels, ordered as in ``Face``.

    Returns:
        Degrees: yaw, positive towards the right of the picture; pitch, positive upwards; roll,
        positive when the head leans clockwise in the picture.
    """
    points = landmarks.astype(np.float64)
    centred = points - points.mean(axis=0)
    rows, *_ = np.linalg.lstsq(MEAN_FACE - MEAN_FACE.mean(axis=0), centred, rcond=None)
    # The nearest pair of orthonormal rows to the fitted ones, of one length.
    left, _, right = np.linalg.svd(rows.T, full_matrices=False)
    across, down = left @ right
    towards = np.cross(across, down)
    # How the model's z axis, out of the face, lies in the picture.
    yaw = degrees(atan2(across[2], towards[2]))
    pitch = degrees(atan2(-down[2], hypot(across[2], towards[2])))
    eyes = points[1] - points[0]
    return yaw, pitch, degrees(atan2(eyes[1], eyes[0]))
