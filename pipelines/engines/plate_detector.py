"""Finding plates: boxes by a detection network, then corners, then straightened crops."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from configs.settings import PlateDetectorSettings
from pipelines.engines import onnx_runtime, weights
from pipelines.engines.detection_networks import load_network
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.plate_corners import CornerFinder, Corners
from pipelines.engines.plate_looks import HINT_SCORE, PlateLooks, Scored, Seen
from pipelines.errors import ConfigurationError
from pipelines.geometry import bounding_box, clip, keep_best
from pipelines.scalable_picture import ScalablePicture, View
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


class ScalingPlateDetector(PlateDetector, Protocol):
    """A plate detector that takes pictures which are decoded as finely as it needs them."""

    def detect_scalable(
        self, pictures: Sequence[ScalablePicture]
    ) -> list[tuple[PlateDetection, ...]]: ...


@dataclass(frozen=True, slots=True)
class _Outline:
    """A found plate before it is cut out: as the network saw it and, where sure, its corners."""

    score: float
    seen: Box
    corners: Corners | None
    box: Box
    in_tile: bool


def build_plate_detector(settings: PlateDetectorSettings) -> ScalingPlateDetector:
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
    nothing sure others are taken, as PlateLooks says. Each plate's corners are sought in its box.
    A small picture of a plate's proportions in which nothing is detected is a plate as a whole:
    callers may send pictures that were cropped before.

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
            hinting = min(HINT_SCORE, settings.min_score)
            network = load_network(path, settings.model_copy(update={"min_score": hinting}))
        except onnx_runtime.load_failures(*_LOAD_ERRORS) as error:
            raise ConfigurationError(
                f"plate detector weights {settings.weights!r} do not run on device "
                f"{settings.device!r}: {error}"
            ) from error
        self.looks = PlateLooks(network, settings)
        self._corners = CornerFinder(runtime=settings.runtime)

    def detect(self, pictures: Sequence[Picture]) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture, best score first.

        Args:
            pictures: ``(H, W, 3)`` uint8 BGR each, of any sizes; those of the same letterboxed
                size share one forward pass.
        """
        return self.detect_scalable([ScalablePicture.of(picture) for picture in pictures])

    def detect_scalable(
        self, pictures: Sequence[ScalablePicture]
    ) -> list[tuple[PlateDetection, ...]]:
        """Finds the plates of each picture, decoding it no finer than that needs.

        Args:
            pictures: Of any sizes. Boxes and corners are in pixels of the full picture; crops are
                cut from a view in which sure plates, or all where none is sure, are
                ``least_crop_width`` px wide, or from the finest.

        Raises:
            Unavailable: There is not enough memory for a picture now.
        """
        return [
            self._plates(*each) for each in zip(pictures, self.looks.take(pictures), strict=True)
        ]

    def _plates(self, source: ScalablePicture, seen: Seen) -> tuple[PlateDetection, ...]:
        scored = seen.scored
        whole = (
            not self.looks.is_sure(scored)
            and self._settings.min_score <= WHOLE_PICTURE_SCORE
            and source.height <= _PLATE_HEIGHTS_PX[1]
            and looks_like_a_plate(source.full())
        )
        if whole:
            box = Box(0.0, 0.0, float(source.width), float(source.height))
            scored = [(WHOLE_PICTURE_SCORE, box)]
        if not scored:
            return ()
        # Beside a sure plate, doubtful boxes are hardly ever plates: no reason to decode finer.
        sure = [each for each in scored if each[0] >= self._settings.sure_score]
        narrowest = min(box.width for _, box in sure or scored)
        view = source.view(narrowest / self._settings.least_crop_width)
        picture = view.pixels
        outlines = self._outlined(view, scored, seen.in_tiles)
        limits = crop_limits(len(outlines))
        margin = self._settings.crop_margin
        plates = []
        for each in outlines:
            plain = upright(picture, each.seen, 0.0 if whole else margin, limits)
            box = clip(view.box_to_source(each.box), source.width, source.height)
            if each.corners is None:
                plates.append(PlateDetection(box, each.score, plain, in_tile=each.in_tile))
                continue
            crop = straighten(picture, each.corners, margin, limits)
            corners = tuple(view.to_source(corner) for corner in each.corners)
            kept = plain if _moved(each.seen, each.corners) > _MUCH_MOVED else None
            plates.append(PlateDetection(box, each.score, crop, corners, kept, each.in_tile))
        return tuple(plates)

    def _outlined(
        self, view: View, scored: Scored, in_tiles: frozenset[tuple[float, Box]]
    ) -> list[_Outline]:
        """Finds corners and tightens boxes; what then turns out to be one plate counts once.

        Args:
            view: What the plates are cut from.
            scored: Boxes in pixels of the source; those of the outlines are the view's.
            in_tiles: Which of them only tiles showed.
        """
        height, width = view.pixels.shape[:2]
        outlines = []
        seen = [clip(view.box_from_source(box), width, height) for _, box in scored]
        corners = self._corners.find(view.pixels, seen)
        for each, box, found in zip(scored, seen, corners, strict=True):
            tight = box if found is None else clip(bounding_box(found), width, height)
            outlines.append(_Outline(each[0], box, found, tight, each in in_tiles))
        kept = keep_best([(each.score, each.box) for each in outlines], self._settings.max_plates)
        by_box = {(each.score, each.box): each for each in outlines}
        return [by_box[one] for one in kept]


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
