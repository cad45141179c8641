"""Similarity transforms that bring a face to a fixed place and size."""

from math import ceil
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Picture

ALIGNED_PX: Final = 112
"""Side of an aligned face."""

ARCFACE_LANDMARKS: Final = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
"""Where the landmarks of an aligned face lie: insightface.utils.face_align.arcface_dst."""

_MOST_WARPED_PX: Final = 32_767
"""OpenCV warps only pictures whose sides are shorter."""

Matrix = NDArray[np.float64]
"""``(2, 3)``, from pixels of the source to pixels of the result."""


def aligned(picture: Picture, landmarks: NDArray[np.float32]) -> Picture:
    """Cut a face out so that its landmarks lie where ArcFace models expect them.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        landmarks: ``(5, 2)`` float32 pixels of the picture.

    Returns:
        ``(112, 112, 3)`` uint8 BGR, black outside the picture.
    """
    return warped(picture, similarity(landmarks, ARCFACE_LANDMARKS), ALIGNED_PX)


def similarity(source: NDArray[np.float32], target: NDArray[np.float32]) -> Matrix:
    """Least-squares rotation, scale and shift that takes ``source`` to ``target``.

    In the plane Umeyama's solution (PAMI 1991) is one complex factor.

    Args:
        source: ``(N, 2)`` points.
        target: ``(N, 2)`` points.
    """
    start = source[:, 0].astype(np.float64) + 1j * source[:, 1]
    end = target[:, 0].astype(np.float64) + 1j * target[:, 1]
    centred = start - start.mean()
    spread = max(float(np.vdot(centred, centred).real), 1e-9)
    factor = complex(np.vdot(centred, end - end.mean())) / spread
    shift = complex(end.mean() - factor * start.mean())
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def warped(picture: Picture, matrix: Matrix, side: int) -> Picture:
    """Apply a similarity transform to a picture without aliasing.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        matrix: From pixels of the picture to pixels of the result.
        side: Width and height of the result.

    Returns:
        ``(side, side, 3)`` uint8 BGR, black outside the picture.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale >= 0.5 and max(picture.shape[:2]) < _MOST_WARPED_PX:
        return cast(Picture, cv2.warpAffine(picture, matrix, (side, side)))
    # A bilinear warp looks at four pixels only: shrink the region to about twice the result first.
    # It takes no large picture either, only a region of one.
    corners = np.array([[0, 0, side, side], [0, side, 0, side], [1, 1, 1, 1]], np.float64)
    region = cv2.invertAffineTransform(matrix) @ corners
    height, width = picture.shape[:2]
    left, top = np.clip(np.floor(region.min(1)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(region.max(1)), (left + 1, top + 1), (width, height)).astype(
        int
    )
    step = max(1.0, 1.0 / (2.0 * scale))
    size = (max(1, ceil((right - left) / step)), max(1, ceil((bottom - top) / step)))
    small = cv2.resize(picture[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    stretch = np.array([(right - left) / size[0], (bottom - top) / size[1]])
    # Pixel centres: x = left + (u + 0.5) * stretch - 0.5.
    origin = np.array([left, top]) + 0.5 * stretch - 0.5
    onto_small = np.column_stack([matrix[:, :2] * stretch, matrix[:, :2] @ origin + matrix[:, 2]])
    return cast(Picture, cv2.warpAffine(small, onto_small, (side, side)))
