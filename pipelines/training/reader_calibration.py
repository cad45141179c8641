"""Fits how sure a plate reading is: ``python -m pipelines.training.reader_calibration --help``.

Plates whose texts are known, and which trained no reader, are read from several cuts. The
confidences of each engine become Platt-scaled, and both engines' texts are weighed against each
other. The numbers go into the description beside the small reader's weights; those of PaddleOCR
are printed. What is reported comes from fits without the plates that it is about.
"""

import argparse
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from configs.settings import PlateDetectorSettings, PlateReaderSettings
from pipelines.cropping import fit
from pipelines.engines.calibration import Calibration, calibrated
from pipelines.engines.fused_plate_reader import Fusion, fused, log_scores, possible_texts
from pipelines.engines.paddle_plate_reader import CALIBRATION, PaddlePlateReader
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_evidence import Evidence
from pipelines.engines.plate_recogniser import PlateRecogniser
from pipelines.engines.plate_views import further_views
from pipelines.engines.small_plate_reader import (
    LEAST_AT_FIRST,
    UNREAD,
    Look,
    Stages,
    reading_of,
)
from pipelines.geometry import intersection_over_union
from pipelines.straightening import MAX_CROP_HEIGHT, MAX_CROP_WIDTH, upright
from pipelines.training.plate_data import read_pictures
from pipelines.training.plate_split import Part, Split, read_texts, split_plates
from pipelines.training.platt_scaling import (
    calibration_error,
    fit_calibration,
    fit_weights,
    reliability,
)
from pipelines.types import Box, Picture, PlateDetector, PlateReading

_MARGINS: Final = (0.0, 0.1)
"""Shares of the height around a plate in its photo."""

_LIMITS: Final = (MAX_CROP_WIDTH, MAX_CROP_HEIGHT)
_SAME_PLATE: Final = 0.5
"""Least overlap, intersection over union."""

_MOST: Final = PlateReaderSettings().max_candidates
_FOLDS: Final = 5
_LEAST_DOUBTFUL: Final = 40
"""Later stages are fitted on all readings where fewer than these left doubt."""

_FOLDED: Final = str.maketrans("OI", "01")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One cut of a plate whose text is known, and what the engines saw on it, uncalibrated."""

    plate: int
    text: str
    first: PlateReading
    views: PlateReading
    evidence: Evidence
    large: PlateReading


@dataclass(frozen=True, slots=True)
class Fitted:
    """All numbers of one fit; ``large`` is what ``CALIBRATION`` would be by these plates."""

    stages: Stages
    large: Calibration
    fusion: Fusion


class Decisions:
    """What the engines answer with given numbers, as the readers themselves do.

    Args:
        settings: Number of candidates and what counts as doubt.
    """

    def __init__(self, settings: PlateReaderSettings) -> None:
        self._most = settings.max_candidates
        self._doubt_below = settings.doubt_below

    def small(self, one: Example, stages: Stages) -> PlateReading:
        reading = calibrated(one.first, stages.first)
        if reading.confidence < LEAST_AT_FIRST:
            return UNREAD
        return calibrated(one.views, stages.views) if self.doubts(reading) else reading

    def both(self, one: Example, fitted: Fitted) -> PlateReading:
        reading = self.small(one, fitted.stages)
        first = calibrated(one.first, fitted.stages.first)
        if first.confidence < LEAST_AT_FIRST or not self.doubts(reading):
            return reading
        large = calibrated(one.large, CALIBRATION)
        return fused(Look(reading, one.evidence), large, fitted.fusion, self._most)

    def doubts(self, reading: PlateReading) -> bool:
        return reading.confidence < self._doubt_below

    def fit(self, examples: Sequence[Example]) -> Fitted:
        """Fit all stages, each on what the one before leaves in doubt."""
        first = _calibration([one.first for one in examples], examples)
        second = self._doubtful(examples, lambda one: calibrated(one.first, first))
        views = _calibration([one.views for one in second], second)
        large = _calibration([one.large for one in examples], examples)
        stages = Stages(first, views)
        third = self._doubtful(examples, lambda one: self.small(one, stages))
        unscaled = self._fusion(third, stages)
        plain_fit = Fitted(stages, large, unscaled)
        calibrate = _calibration([self.both(one, plain_fit) for one in third], third)
        return Fitted(stages, large, Fusion(unscaled.small, unscaled.large, calibrate))

    def _doubtful(
        self, examples: Sequence[Example], read: Callable[[Example], PlateReading]
    ) -> Sequence[Example]:
        found = [one for one in examples if self.doubts(read(one))]
        return found if len(found) >= _LEAST_DOUBTFUL else examples

    def _fusion(self, examples: Sequence[Example], stages: Stages) -> Fusion:
        choices, truths = [], []
        for one in examples:
            other = calibrated(one.large, CALIBRATION)
            texts = possible_texts(self.small(one, stages), other)
            if other.text and one.text in texts:
                choices.append(np.stack(log_scores(one.evidence, other, texts), axis=1))
                truths.append(texts.index(one.text))
        return Fusion(*fit_weights(choices, truths).tolist()) if choices else Fusion()


def known_crops(
    data: Path, split: Split, part: Part, detector: PlateDetector
) -> list[tuple[int, str, Picture]]:
    """Return plates' numbers, texts and cuts: the stored crop, and what comes from the photo.

    Args:
        data: Folder with ``detect`` and ``read``.
        split: Says which plates belong to the part.
        part: Never what the final figures are measured on.
        detector: Cuts the plates out of their photos as it would for a caller.
    """
    texts = read_texts(data)
    photos = {photo.path.name: photo for photo in read_pictures(data / "detect")}
    found = []
    for plate, name in enumerate(sorted(one for one, its in split.crops.items() if its == part)):
        cuts = [fit(_read(data / "read/images" / name), *_LIMITS)]
        if name in split.photo_of:
            photo_name, index = split.photo_of[name]
            photo = _read(photos[photo_name].path)
            height, width = photo.shape[:2]
            scale = (width, height, width, height)
            box = Box(*(photos[photo_name].boxes[index] * scale).tolist())
            cuts += [upright(photo, box, margin, _LIMITS) for margin in _MARGINS]
            for one in detector.detect([photo])[0]:
                if intersection_over_union(one.box, box) >= _SAME_PLATE:
                    cuts += [cut for cut in (one.crop, one.plain) if cut is not None]
        found += [(plate, texts[name], cut) for cut in cuts]
    return found


def examples_of(
    crops: Sequence[tuple[int, str, Picture]], recogniser: PlateRecogniser, large: PaddlePlateReader
) -> list[Example]:
    """Return what both engines see on each plate's cut.

    Args:
        crops: Plates' numbers, texts and cuts.
        recogniser: Of the small reader.
        large: The other reader, uncalibrated.
    """
    found = []
    for plate, text, crop in crops:
        looks = tuple(recogniser([crop, *further_views(crop)]))
        evidence = Evidence(looks)
        first, views = (
            reading_of(one, Calibration(), recogniser.regions, _MOST)
            for one in (Evidence(looks[:1]), evidence)
        )
        (reading,) = large.read([crop])
        found.append(Example(plate, text, first, views, evidence, reading))
    return found


def report(examples: Sequence[Example], decisions: Decisions) -> str:
    """Return each engine's rates, reliability and calibration error, held out plate by plate."""
    readings: dict[str, list[PlateReading]] = {"plates": [], "paddleocr": [], "both": []}
    truths, asked = [], 0
    for fold in range(_FOLDS):
        fitted = decisions.fit([one for one in examples if one.plate % _FOLDS != fold])
        for one in (one for one in examples if one.plate % _FOLDS == fold):
            small = decisions.small(one, fitted.stages)
            readings["plates"].append(small)
            readings["paddleocr"].append(calibrated(one.large, CALIBRATION))
            readings["both"].append(decisions.both(one, fitted))
            truths.append(one.text)
            asked += decisions.doubts(small)
    parts = [
        f"{len(examples)} cuts of {len({one.plate for one in examples})} plates; "
        f"PaddleOCR needed for {asked / len(examples):.1%}"
    ]
    for engine, answers in readings.items():
        right = [answer.text == text for answer, text in zip(answers, truths, strict=True)]
        folded = [
            answer.text.translate(_FOLDED) == text.translate(_FOLDED)
            for answer, text in zip(answers, truths, strict=True)
        ]
        bins = reliability([answer.confidence for answer in answers], right)
        parts.append(
            f"{engine}: exact {np.mean(right):.1%}, folded {np.mean(folded):.1%}, "
            f"ECE {calibration_error(bins):.3f}"
        )
        parts += [f"  {one.count:5d} {one.confidence:6.3f} {one.right:6.3f}" for one in bins]
    return "\n".join(parts)


def _calibration(readings: Sequence[PlateReading], examples: Sequence[Example]) -> Calibration:
    pairs = [
        (reading.confidence, reading.text == one.text)
        for reading, one in zip(readings, examples, strict=True)
        if reading.text
    ]
    return fit_calibration(*zip(*pairs, strict=True))


def _read(path: Path) -> Picture:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"{path} cannot be decoded")
    return np.asarray(picture, np.uint8)


def describe(path: Path, fitted: Fitted, fitted_on: str) -> None:
    """Put the numbers into the JSON file beside the weights.

    Args:
        path: The file; other fields stay.
        fitted: The numbers.
        fitted_on: What they were fitted on, in words.
    """
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    fusion = fitted.fusion
    fields["calibration"] = {
        "plates": asdict(fitted.stages),
        "both": {"small": fusion.small, "large": fusion.large, **asdict(fusion.calibrate)},
        "fitted_on": fitted_on,
    }
    path.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    root = os.environ.get("GATEHOUSE_DATA")
    parser.add_argument(
        "--data",
        type=Path,
        default=root and Path(root),
        required=not root,
        help="folder with data/plates inside",
    )
    parser.add_argument("--split", type=Path, help="a saved split; divided anew without")
    parser.add_argument("--part", choices=("training", "validation"), default="validation")
    parser.add_argument("--weights", default=PlateReaderSettings().weights)
    parser.add_argument("--doubt-below", type=float, default=PlateReaderSettings().doubt_below)
    parser.add_argument("--write", action="store_true", help="into the weights' description")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = PlateReaderSettings(weights=arguments.weights, doubt_below=arguments.doubt_below)
    plates = arguments.data / "data" / "plates"
    split = Split.load(arguments.split) if arguments.split else split_plates(plates)
    recogniser = PlateRecogniser(settings.weights, settings.batch_size)
    detector = build_plate_detector(PlateDetectorSettings())
    crops = known_crops(plates, split, arguments.part, detector)
    examples = examples_of(crops, recogniser, PaddlePlateReader(settings, Calibration()))
    decisions = Decisions(settings)
    _log.info("%s", report(examples, decisions))
    fitted = decisions.fit(examples)
    _log.info("%s", fitted)
    if arguments.write:
        described = f"{len(examples)} cuts of the {arguments.part} plates"
        describe(recogniser.path.with_suffix(".json"), fitted, described)


if __name__ == "__main__":
    main()
