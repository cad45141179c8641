"""Finding plates with Ultralytics weights."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from configs.settings import PlateDetectorSettings
from pipelines.engines import onnx_runtime, weights
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.letterbox import letterbox
from pipelines.engines.ultralytics_runtime import load_model
from pipelines.errors import ConfigurationError
from pipelines.geometry import clip, keep_best
from pipelines.straightening import straighten
from pipelines.types import Box, Picture, PlateDetection, PlateDetector

WHOLE_PICTURE_SCORE: Final = 0.5
"""Score of a picture that is taken for a plate as a whole because nothing was detected in it.

Of 250 pictures already cropped to a plate 37 showed the detector nothing; the text of 68 % of those
was read from the whole picture. Where something was detected, its box was nearly always the plate.
"""

# Of 1,021 crops of plates 95 % are narrower than 4.4:1 and all have a standard deviation above 11;
# of 2,105 photos with plates 12 have such proportions and heights.
_PLATE_ASPECTS: Final = (1.8, 7.0)
_PLATE_HEIGHTS_PX: Final = (12, 200)
_MIN_CONTRAST: Final = 8.0

_NMS_OVERLAP: Final = 0.6
_MAX_CANDIDATES: Final = 100

_LOAD_ERRORS: Final = (ValueError, TypeError, RuntimeError, OSError, ImportError)


def build_plate_detector(settings: PlateDetectorSettings) -> PlateDetector:
    """Builds the engine that the settings name.

    Raises:
        ConfigurationError: The weights or the device cannot be used.
    """
    if settings.engine == "fake":
        return FakePlateDetector(settings)
    return UltralyticsPlateDetector(settings)


class UltralyticsPlateDetector:
    """Any Ultralytics detection weights; those with an end-to-end head run without NMS.

    Of weights with several classes only those named like a plate count. A small picture of a
    plate's proportions in which nothing is detected is a plate as a whole: callers may send
    pictures that were cropped before.

    Args:
        settings: The detector's settings.

    Raises:
        ConfigurationError: The weights or the device cannot be used.
    """

    def __init__(self, settings: PlateDetectorSettings) -> None:
        self._settings = settings
        path = weights.resolve(settings.weights)
        self.model_id = f"{path.stem}-{weights.sha256(path)[:8]}"
        self._lock = threading.Lock()
        self._classes: list[int] | None = None
        blank = np.zeros((settings.image_size, settings.image_size, 3), np.uint8)
        try:
            self._model = load_model(path)
            (result,) = self._predict([blank])
        except onnx_runtime.load_failures(*_LOAD_ERRORS) as error:
            raise ConfigurationError(
                f"plate detector weights {settings.weights!r} do not run on device "
                f"{settings.device!r}: {error}"
            ) from error
        self._classes = _plate_classes(result.names)

    def detect(self, pictures: Sequence[Picture]) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture, best score first.

        Args:
            pictures: ``(H, W, 3)`` uint8 BGR each, of any sizes; those of the same letterboxed
                size share one forward pass.
        """
        inputs = [letterbox(picture, self._settings.image_size) for picture in pictures]
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, boxed in enumerate(inputs):
            groups[boxed.canvas.shape].append(index)
        answers: list[tuple[PlateDetection, ...]] = [()] * len(inputs)
        for indices in groups.values():
            results = self._predict([inputs[index].canvas for index in indices])
            for index, result in zip(indices, results, strict=True):
                rows = result.boxes.data.cpu().numpy().tolist()
                scored = [(row[4], inputs[index].to_source(*row[:4])) for row in rows]
                answers[index] = self._plates(pictures[index], scored)
        return answers

    def _predict(self, canvases: list[Picture]) -> list[Any]:
        # Each call replaces the arguments of the one predictor.
        with self._lock:
            results: list[Any] = self._model.predict(
                canvases,
                imgsz=self._settings.image_size,
                conf=self._settings.min_score,
                iou=_NMS_OVERLAP,
                agnostic_nms=True,
                max_det=_MAX_CANDIDATES,
                classes=self._classes,
                nms=False,
                device=self._settings.device,
                quantize=16 if self._settings.half else None,
                verbose=False,
            )
        return results

    def _plates(
        self, picture: Picture, scored: list[tuple[float, Box]]
    ) -> tuple[PlateDetection, ...]:
        height, width = picture.shape[:2]
        clipped = [(score, clip(box, width, height)) for score, box in scored]
        kept = keep_best(clipped, self._settings.max_plates)
        if (
            not any(score >= self._settings.sure_score for score, _ in kept)
            and self._settings.min_score <= WHOLE_PICTURE_SCORE
            and looks_like_a_plate(picture)
        ):
            return _whole(picture)
        margin = self._settings.crop_margin
        return tuple(
            PlateDetection(box, score, straighten(picture, box, margin)) for score, box in kept
        )


def looks_like_a_plate(picture: Picture) -> bool:
    """Whether a picture has the proportions, the size and the contrast of a plate cut out before.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
    """
    height, width = picture.shape[:2]
    return (
        _PLATE_ASPECTS[0] <= width / height <= _PLATE_ASPECTS[1]
        and _PLATE_HEIGHTS_PX[0] <= height <= _PLATE_HEIGHTS_PX[1]
        and float(picture.std()) >= _MIN_CONTRAST
    )


def _whole(picture: Picture) -> tuple[PlateDetection, ...]:
    height, width = picture.shape[:2]
    box = Box(0.0, 0.0, float(width), float(height))
    crop = straighten(picture, box, margin=0.0, tight=False)
    return (PlateDetection(box, WHOLE_PICTURE_SCORE, crop),)


def _plate_classes(names: dict[int, str]) -> list[int] | None:
    """Classes that count as plates; None is all of them."""
    if len(names) == 1:
        return None
    plates = [index for index, name in names.items() if "plate" in name.lower()]
    if not plates:
        raise ConfigurationError(
            "the plate detector's weights have several classes and none is named like a plate: "
            + ", ".join(names.values())
        )
    return plates
