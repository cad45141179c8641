"""A plate detector without weights: a plate is an upright rectangle of pure yellow."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from configs.settings import PlateDetectorSettings
from pipelines.engines.simulated_time import pass_time
from pipelines.geometry import keep_best
from pipelines.scalable_picture import ScalablePicture
from pipelines.straightening import crop_limits, upright
from pipelines.types import Box, Picture, PlateDetection

# BGR bounds that pure yellow stays within after JPEG at quality 50 and its blurred colours.
_LEAST: Final = np.array((0, 170, 170), np.uint8)
_MOST: Final = np.array((110, 255, 255), np.uint8)
_MIN_SIDE_PX: Final = 12
_SCORE: Final = 0.9


class FakePlateDetector:
    """Finds yellow rectangles, the largest with the best score; honours the detector's settings."""

    model_id = "fake-plate-detector"

    def __init__(self, settings: PlateDetectorSettings) -> None:
        self._settings = settings

    def detect(self, pictures: Sequence[Picture]) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture, ``(H, W, 3)`` uint8 BGR, best score first."""
        pass_time(self._settings.simulated_ms)
        return [self._plates(picture) for picture in pictures]

    def detect_scalable(
        self, pictures: Sequence[ScalablePicture]
    ) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture in full."""
        return self.detect([picture.full() for picture in pictures])

    def _plates(self, picture: Picture) -> tuple[PlateDetection, ...]:
        yellow = cv2.inRange(picture, _LEAST, _MOST)
        contours, _ = cv2.findContours(yellow, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        sides = [tuple(map(float, cv2.boundingRect(contour))) for contour in contours]
        boxes = [Box(x, y, x + w, y + h) for x, y, w, h in sides if min(w, h) >= _MIN_SIDE_PX]
        # Larger first and left to right, so that equal pictures give equal answers.
        boxes.sort(key=lambda box: (-box.area, box.x1, box.y1))
        scored = [(_SCORE - 0.01 * rank, box) for rank, box in enumerate(boxes)]
        usable = [(score, box) for score, box in scored if score >= self._settings.min_score]
        kept = keep_best(usable, self._settings.max_plates)
        limits, margin = crop_limits(len(kept)), self._settings.crop_margin
        return tuple(
            PlateDetection(box, score, upright(picture, box, margin, limits)) for score, box in kept
        )
