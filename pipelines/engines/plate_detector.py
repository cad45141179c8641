"""Finding plates: boxes by a detection network, then corners, then straightened crops."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from configs.settings import PlateDetectorSettings
from pipelines.engines import onnx_runtime, weights
from pipelines.engines.detection_networks import load_network
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.letterbox import letterbox
from pipelines.engines.plate_corners import CornerFinder, Corners
from pipelines.errors import ConfigurationError
from pipelines.geometry import bounding_box, clip, keep_best
from pipelines.straightening import crop_limits, straighten, upright
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

_MUCH_MOVED: Final = 0.12
"""How far a corner lies from the box's, as a share of the height, to make the plain crop useful."""

_LOAD_ERRORS: Final = (ValueError, TypeError, RuntimeError, OSError, ImportError)

Scored = list[tuple[float, Box]]


@dataclass(frozen=True, slots=True)
class _Outline:
    """A found plate before it is cut out: as the network saw it and, where sure, its corners."""

    score: float
    seen: Box
    corners: Corners | None
    box: Box


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

    Of weights with several classes only those named like a plate count. Where the first look finds
    nothing sure a second, larger one is taken. Each plate's corners are sought in its box. A small
    picture of a plate's proportions in which nothing is detected is a plate as a whole: callers
    may send pictures that were cropped before.

    Args:
        settings: The detector's settings.

    Raises:
        ConfigurationError: The weights or the device cannot be used.
    """

    def __init__(self, settings: PlateDetectorSettings) -> None:
        self._settings = settings
        path = weights.resolve(settings.weights)
        self.model_id = f"{path.stem}-{weights.sha256(path)[:8]}"
        try:
            self.network = load_network(path, settings)
        except onnx_runtime.load_failures(*_LOAD_ERRORS) as error:
            raise ConfigurationError(
                f"plate detector weights {settings.weights!r} do not run on device "
                f"{settings.device!r}: {error}"
            ) from error
        self._corners = CornerFinder()

    def detect(self, pictures: Sequence[Picture]) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture, best score first.

        Args:
            pictures: ``(H, W, 3)`` uint8 BGR each, of any sizes; those of the same letterboxed
                size share one forward pass.
        """
        found = self._look(pictures, self._settings.image_size)
        if self._settings.second_image_size is not None:
            doubtful = [index for index, scored in enumerate(found) if not self._is_sure(scored)]
            again = self._look(
                [pictures[index] for index in doubtful], self._settings.second_image_size
            )
            for index, scored in zip(doubtful, again, strict=True):
                found[index] = keep_best([*found[index], *scored], self._settings.max_plates)
        return [
            self._plates(picture, scored) for picture, scored in zip(pictures, found, strict=True)
        ]

    def _look(self, pictures: Sequence[Picture], size: int) -> list[Scored]:
        """Score and box of each plate, best first, with the picture's longer side at ``size``."""
        inputs = [letterbox(picture, size) for picture in pictures]
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, boxed in enumerate(inputs):
            groups[boxed.canvas.shape].append(index)
        answers: list[Scored] = [[] for _ in inputs]
        for indices in groups.values():
            results = self.network.boxes([inputs[index].canvas for index in indices])
            for index, rows in zip(indices, results, strict=True):
                height, width = pictures[index].shape[:2]
                clipped = [
                    (score, clip(inputs[index].to_source(*sides), width, height))
                    for *sides, score in rows
                ]
                answers[index] = keep_best(clipped, self._settings.max_plates)
        return answers

    def _is_sure(self, scored: Scored) -> bool:
        return any(score >= self._settings.sure_score for score, _ in scored)

    def _plates(self, picture: Picture, scored: Scored) -> tuple[PlateDetection, ...]:
        whole = (
            not self._is_sure(scored)
            and self._settings.min_score <= WHOLE_PICTURE_SCORE
            and looks_like_a_plate(picture)
        )
        if whole:
            height, width = picture.shape[:2]
            scored = [(WHOLE_PICTURE_SCORE, Box(0.0, 0.0, float(width), float(height)))]
        outlines = self._outlined(picture, scored)
        limits = crop_limits(len(outlines))
        margin = self._settings.crop_margin
        plates = []
        for each in outlines:
            plain = upright(picture, each.seen, 0.0 if whole else margin, limits)
            if each.corners is None:
                plates.append(PlateDetection(each.box, each.score, plain))
                continue
            crop = straighten(picture, each.corners, margin, limits)
            kept = plain if _moved(each.seen, each.corners) > _MUCH_MOVED else None
            plates.append(PlateDetection(each.box, each.score, crop, each.corners, kept))
        return tuple(plates)

    def _outlined(self, picture: Picture, scored: Scored) -> list[_Outline]:
        """Finds corners and tightens boxes; what then turns out to be one plate counts once."""
        height, width = picture.shape[:2]
        outlines = []
        corners = self._corners.find(picture, [box for _, box in scored])
        for (score, box), found in zip(scored, corners, strict=True):
            tight = box if found is None else clip(bounding_box(found), width, height)
            outlines.append(_Outline(score, box, found, tight))
        kept = keep_best([(each.score, each.box) for each in outlines], self._settings.max_plates)
        by_box = {(each.score, each.box): each for each in outlines}
        return [by_box[each] for each in kept]


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


def _moved(box: Box, corners: Corners) -> float:
    """Largest distance of a corner from the box's own, as a share of the box's height."""
    own = ((box.x1, box.y1), (box.x2, box.y1), (box.x2, box.y2), (box.x1, box.y2))
    return max(map(math.dist, own, corners)) / box.height
