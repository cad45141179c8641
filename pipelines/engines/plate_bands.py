"""Cutting the blue country bands off the ends of a plate's line, which else read as letters."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Picture

_HUES: Final = (95, 130)
"""Blue in OpenCV's half degrees."""

_LEAST_SATURATION: Final = 90
_LEAST_VALUE: Final = 40
_BLUE_COLUMN: Final = 0.6
"""A band's column is blue but for its stars and letters; a blue letter's column is not."""

_WIDEST_BAND: Final = 0.18
_NARROWEST_BAND: Final = 0.03
_MOST_BLUE_BETWEEN: Final = 0.1
"""Shares of the line's width, and of the columns between the bands."""


def without_bands(line: Picture) -> Picture | None:
    """Return the line between its country bands, or None where it has none.

    Args:
        line: ``(h, w, 3)`` uint8 BGR; not changed.
    """
    width = line.shape[1]
    blue = _blue_columns(line)
    left, right = _band(blue), _band(blue[::-1])
    between = blue[left : width - right]
    if left + right == 0 or not len(between) or between.mean() > _MOST_BLUE_BETWEEN:
        return None
    return line[:, left : width - right]


def _blue_columns(line: Picture) -> NDArray[np.bool_]:
    hue, saturation, value = cv2.split(cv2.cvtColor(line, cv2.COLOR_BGR2HSV))
    blue = (hue >= _HUES[0]) & (hue <= _HUES[1])
    blue &= (saturation >= _LEAST_SATURATION) & (value >= _LEAST_VALUE)
    columns: NDArray[np.bool_] = blue.mean(axis=0) > _BLUE_COLUMN
    return columns


def _band(blue: NDArray[np.bool_]) -> int:
    """Return how many columns the band at the start takes, 0 for none."""
    width = len(blue)
    columns = np.flatnonzero(blue[: max(1, int(width * _WIDEST_BAND))])
    if not len(columns) or columns[0] > width * _WIDEST_BAND / 2:
        return 0
    if len(columns) < width * _NARROWEST_BAND:
        return 0
    return int(columns[-1]) + 1
