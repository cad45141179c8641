"""Blur along one direction, as of a hand or a head that moves: the Laplacian hardly sees it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Picture

_DIRECTIONS: Final = 8
_BORDER_PX: Final = 8
"""Left out on each side: where the picture ends, the aligned face is black."""

_LEAST_CONTRAST: Final = 1.0


def finest_detail(aligned: Picture) -> float:
    """Measure how much detail a face has along the direction in which it has least.

    Motion takes the detail along its own direction and leaves that across. The measure is the
    variance of the second derivative, the least over eight directions, in thousandths of the
    variance of the grey face, so that neither light nor contrast matters.

    Args:
        aligned: ``(112, 112, 3)`` uint8 BGR.

    Returns:
        0 for a face without any detail along one direction, about 15 for an ordinary photo;
        infinite for a face without contrast, of which nothing can be said.
    """
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY).astype(np.float32)
    contrast = float(_inner(grey).var())
    if contrast < _LEAST_CONTRAST:
        return float("inf")
    across, down, mixed = (
        _inner(cv2.Sobel(grey, cv2.CV_32F, x, y, ksize=3)) / 4.0
        for x, y in ((2, 0), (0, 2), (1, 1))
    )
    angles = np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS
    least = min(
        float((c * c * across + s * s * down + 2.0 * c * s * mixed).var())
        for c, s in zip(np.cos(angles), np.sin(angles), strict=True)
    )
    return 1000.0 * least / contrast


def _inner(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    return grey[_BORDER_PX:-_BORDER_PX, _BORDER_PX:-_BORDER_PX]
