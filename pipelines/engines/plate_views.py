"""Further looks at a plate crop that was not surely read."""

from typing import Final

import cv2
import numpy as np

from pipelines.types import Picture

_TRIMS: Final = (0.04, 0.08)
"""Shares of the height cut off on every side."""

_LEAST_SIDE_PX: Final = 8
_TILES: Final = (4, 2)
"""Columns and rows."""

_CLIP: Final = 2.0


def further_views(crop: Picture) -> tuple[Picture, ...]:
    """Return other cuts of a crop, and one of evener contrast.

    Args:
        crop: ``(h, w, 3)`` uint8 BGR; not changed.
    """
    trimmed = [_trimmed(crop, round(share * crop.shape[0])) for share in _TRIMS]
    return (*(cut for cut in trimmed if min(cut.shape[:2]) >= _LEAST_SIDE_PX), _evened(crop))


def _trimmed(crop: Picture, pixels: int) -> Picture:
    height, width = crop.shape[:2]
    return crop[pixels : height - pixels, pixels : width - pixels]


def _evened(crop: Picture) -> Picture:
    """Return the crop with its lightness equalised by places (CLAHE)."""
    lab = cv2.cvtColor(crop, cv2.COLOR_BGR2LAB)
    lightness = cv2.createCLAHE(_CLIP, _TILES).apply(np.ascontiguousarray(lab[..., 0]))
    evened: Picture = cv2.cvtColor(np.dstack([lightness, lab[..., 1:]]), cv2.COLOR_LAB2BGR)
    return evened
