"""Answers made into figures."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.types import Box
from tests.bench.characters import edit_distance
from tests.bench.dataset import LabelledPlate
from tests.bench.matching import DETECTED_OVERLAP, READ_OVERLAP, match
from tests.bench.measure import Answers, Kind, Question
from tests.bench.rates import Rate, folded
from tests.bench.workers import FoundPlate

TWO_LINES = "text in two lines"
PEER_CHARACTERS = 9
"""Longest text that fast-alpr's v1 reader can give."""
SHORT = f"texts of up to {PEER_CHARACTERS}"
OF_NO_MODEL = "labels of no model"
ALL = "all"

STAGES = ("decode", "detect", "read", "total", "cpu")


@dataclass(frozen=True, slots=True)
class PlateResult:
    """What one contestant read of one plate whose text is known.

    Attributes:
        read: Its text; empty where the plate was not found or not read.
        confidence: Of the reading, [0, 1].
    """

    contestant: str
    kind: Kind
    source: str
    path: Path
    plate: LabelledPlate
    truth: str
    read: str
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether the text is the true one, O and 0, I and 1 taken for equal."""
        return folded(self.truth) == folded(self.read)


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """What one contestant found in one photo: boxes against labelled boxes."""

    contestant: str
    source: str
    region: str
    labelled: int
    found: int
    overlaps: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """Detection of some photos: ``overlap`` is the mean of matched boxes."""

    recall: Rate
    precision: Rate
    overlap: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Readings of some plates; ``wrong`` is the edit distance, of true characters."""

    exact: Rate
    folded: Rate
    wrong: Rate


@dataclass(frozen=True, slots=True)
class FalsePlates:
    """Plates read in pictures without any, and how many of the pictures have such."""

    plates: int
    pictures: Rate


@dataclass(frozen=True, slots=True)
class Results:
    """All results of one run.

    Attributes:
        plates: One entry a contestant, kind and plate.
        detections: One entry a contestant and photo.
        false_plates: Contestant -> kind of plateless pictures -> what was read there.
        ms: Contestant -> stage -> milliseconds of each photo.
    """

    plates: list[PlateResult]
    detections: list[DetectionResult]
    false_plates: dict[str, dict[str, FalsePlates]]
    ms: dict[str, dict[str, list[float]]]


def evaluate(asked: Sequence[Question], answers: Answers, excused: set[str]) -> Results:
    """Compares answers with labels.

    Args:
        asked: The questions.
        answers: Every contestant's answers to them.
        excused: Contestants that are not measured on labels that their model made.
    """
    results = Results([], [], {}, {})
    for name, given in answers.items():
        for question, answer in zip(asked, given, strict=True):
            measured = [
                plate
                for plate in question.plates
                if plate.text is not None and not (name in excused and plate.from_model)
            ]
            results.plates.extend(_read(name, question, measured, answer.plates))
            if question.kind == "photo":
                results.detections.append(_detected(name, question, answer.plates))
        results.false_plates[name] = false_plates(asked, [one.plates for one in given])
        photos = [
            one.ms for question, one in zip(asked, given, strict=True) if question.kind == "photo"
        ]
        results.ms[name] = {stage: [ms.get(stage, 0.0) for ms in photos] for stage in STAGES}
    return results


def detection(results: Iterable[DetectionResult]) -> Detection:
    """Sums up photos."""
    photos = list(results)
    overlaps = [overlap for photo in photos for overlap in photo.overlaps]
    return Detection(
        Rate(len(overlaps), sum(photo.labelled for photo in photos)),
        Rate(len(overlaps), sum(photo.found for photo in photos)),
        statistics.fmean(overlaps) if overlaps else 0.0,
    )


def reading(results: Iterable[PlateResult]) -> Reading:
    """Sums up plates."""
    plates = list(results)
    return Reading(
        Rate(sum(one.truth == one.read for one in plates), len(plates)),
        Rate(sum(one.is_right for one in plates), len(plates)),
        Rate(
            sum(edit_distance(one.truth, one.read) for one in plates),
            sum(len(one.truth) for one in plates),
        ),
    )


def rows_of(plate: PlateResult) -> tuple[str, ...]:
    """The rows of the table that a plate counts in."""
    rows = [plate.source, f"region {plate.plate.region}"]
    if plate.plate.two_lines:
        rows.append(TWO_LINES)
    if len(plate.truth) <= PEER_CHARACTERS:
        rows.append(SHORT)
    if not plate.plate.from_model:
        rows.append(OF_NO_MODEL)
    return (*rows, ALL)


def row_names(plates: Iterable[PlateResult]) -> list[str]:
    """All rows in the order of the table: sources, regions, then what they have in common."""
    names = {name for plate in plates for name in rows_of(plate)}
    last = [name for name in (TWO_LINES, SHORT, OF_NO_MODEL, ALL) if name in names]
    first = names.difference(last)
    return [*sorted(first, key=lambda name: (name.startswith("region "), name)), *last]


def false_plates(
    asked: Sequence[Question], found: Sequence[Sequence[FoundPlate]]
) -> dict[str, FalsePlates]:
    """Counts what was read in the pictures without plates, by their kind."""
    counts: dict[str, list[int]] = {}
    for question, plates in zip(asked, found, strict=True):
        if question.kind == "plateless":
            counts.setdefault(question.source, []).append(sum(bool(one.text) for one in plates))
    return {
        kind: FalsePlates(sum(each), Rate(sum(count > 0 for count in each), len(each)))
        for kind, each in counts.items()
    }


def _read(
    name: str, question: Question, plates: Sequence[LabelledPlate], found: Sequence[FoundPlate]
) -> list[PlateResult]:
    if question.kind == "photo":
        # All labelled boxes take part, so that a plate's neighbour is not taken for it.
        pairs = match(_boxes(question.plates), [_box(one) for one in found], READ_OVERLAP)
        at = {
            plate: pairs[index][0] for index, plate in enumerate(question.plates) if index in pairs
        }
        texts = [found[at[plate]] if plate in at else None for plate in plates]
    else:
        texts = [found[0] if found else None for _ in plates]
    return [
        PlateResult(
            name,
            question.kind,
            question.source,
            question.request.path,
            plate,
            plate.text or "",
            one.text if one else "",
            one.confidence if one else 0.0,
        )
        for plate, one in zip(plates, texts, strict=True)
    ]


def _detected(name: str, question: Question, found: Sequence[FoundPlate]) -> DetectionResult:
    boxes = _boxes(question.plates)
    pairs = match(boxes, [_box(one) for one in found], DETECTED_OVERLAP)
    regions = {plate.region for plate in question.plates if plate.text is not None}
    return DetectionResult(
        name,
        question.source,
        min(regions, default=""),
        len(boxes),
        len(found),
        tuple(overlap for _, overlap in pairs.values()),
    )


def _boxes(plates: Sequence[LabelledPlate]) -> list[Box]:
    return [plate.box for plate in plates if plate.box is not None]


def _box(plate: FoundPlate) -> Box:
    return plate.box or Box(0.0, 0.0, 0.0, 0.0)
