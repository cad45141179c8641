"""Writes the plate detector's model card from measured figures."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipelines.training.plate_data import DROPPED_SOURCES
from pipelines.training.plate_dataset import (
    BACKGROUNDS,
    CLOSE_UPS,
    CORRECTIONS,
    DISTRACTORS,
    PEOPLE,
)
from pipelines.training.plate_evaluation import Evaluation, by_source
from pipelines.training.plate_metrics import (
    Figures,
    false_boxes_per_hundred,
    figures,
    recall_by_width,
)

OPERATING_SCORES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
WIDTHS_PX = (0, 15, 25, 40, 80, 160, 10_000)


@dataclass(frozen=True)
class Training:
    """How the weights were made, for the card.

    Attributes:
        date: Day the training ended, ISO 8601.
        stages: One sentence a stage of training, in order.
        score: Least score of a box that the service should keep.
        sure_score: Score from which a box is surely a plate.
    """

    date: str
    stages: tuple[str, ...]
    score: float
    sure_score: float


HEAD = """# Plate detector

YOLOv8n with an end-to-end (NMS-free) head, one class: `plate`. Licence: AGPL-3.0, as its base,
`best.pt` of [fastanpr](https://pypi.org/project/fastanpr/0.1.13/) 0.1.13 (AGPL-3.0), and the
Ultralytics code that trained it.

## Use

- Input `images`: `(batch, 3, height, width)` float32, RGB, `[0, 1]`, letterboxed with grey 114,
  sides multiples of 32. Trained at 320 to 576; made for a first look with a longer side of 416
  and a second of 640.
- Output `output0`: `(batch, 300, 6)` float32, rows `x1 y1 x2 y2 score class` in pixels of the
  input, best score first. The head needs no NMS, but now and then it names one plate twice: drop
  boxes that overlap a better one (IoU 0.5).
- `YOLO("plate_detector.onnx", task="detect").predict(picture, imgsz=416, nms=False)` gives the
  same boxes, and needs no torchvision.
- Weights are stored in half precision and widened while a session loads; arithmetic is float32.
- Recommended least score: **{score:.2f}**; a second look where no box has **{sure_score:.2f}**.

## Training

Made on {date} by `python -m pipelines.training.plate_detector`:

{stages}

Photographs: {pictures}, divided by `plate_split.py`: near-duplicates (by difference hash,
mirrored too, by name and by the plate's text) lie on one side. The test part was
neither trained on nor looked at for any choice. What fastanpr itself was trained on is not known.
Boxes of {corrected} training photographs were corrected, and {left_out} were left out as too poor
(`plate_corrections.json`); validation keeps the labels of its sources.

| Source | Region | Repository, commit | Licence | Training | Validation |
|---|---|---|---|---|---|
{sources}

Added to training: {close_ups} close-ups of plates, {backgrounds} cuts without plates, {distractors}
more of them with drawn signs, adverts, dials, grilles and lettering, and {people} pictures of
people. `us_florida_aug` is left out: its boxes are loose.

## Figures

Validation pictures, scaled as the service scales them, ONNX Runtime, one thread, all in one run.
Boxes that overlap a better one by IoU 0.5 are dropped.{against}

| Weights, longer side | mAP50 | mAP50-95 | Recall | Precision | Mean IoU | At IoU 0.75 | \
False boxes / 100 |
|---|---|---|---|---|---|---|---|
{comparison}

Recall, precision, mean IoU of the matched boxes and false boxes are at score {sure_score:.2f};
recall and precision at IoU 0.5. False boxes are counted on {plateless} pictures without plates
({plateless_kinds}).

Recall at score {score:.2f} by the plate's width in the scaled picture:

| Weights, longer side | {widths} |
|---|{width_rule}
{by_width}

By score, these weights at {side}:

| Score | Recall | Precision | Mean IoU | False boxes / 100 |
|---|---|---|---|---|
{scores}

By source at score {sure_score:.2f}, these weights at {side}:

| Source | Pictures | Plates | mAP50 | mAP50-95 | Recall | Precision | Mean IoU |
|---|---|---|---|---|---|---|---|
{per_source}

## Known limits

- Validation is small (some sources have under ten pictures) and comes from the same collections
  as training. Labels of `us_florida`, `kaggle433` and of some tilted plates are loose: a tighter
  box counts against mean IoU there. A part of the false boxes are plates that nobody labelled.
- Plates under 25 pixels wide in the scaled picture are found half of the time or less.
- The scores were chosen on the validation pictures.
- The people among the plateless pictures come from the same collection as those in training.
- Few real night pictures, no infra-red, hardly any pictures from Latin America or South-East Asia:
  night, rain, glare, haze and blur in training are drawn.
- Most sources are photographs collected from the web whose own licences are not stated.
"""

AGAINST = """ The earlier weights
had **seen nearly all of these validation pictures in their own training**: their figures are
flattered."""


def write_card(
    path: Path,
    measured: Sequence[tuple[str, Evaluation]],
    training: Training,
    sources: Path,
    counts: dict[str, tuple[int, int]],
) -> None:
    """Writes the card.

    Args:
        path: The Markdown file.
        measured: Names and evaluations; the first is the card's subject.
        training: How it was made.
        sources: ``SOURCES.tsv`` of the data.
        counts: Training and validation pictures of each source.
    """
    subject, sure = measured[0][1], training.sure_score
    kinds = {name: len(part) for name, part in by_source(subject.plateless).items()}
    corrections = json.loads(CORRECTIONS.read_text(encoding="utf-8"))
    left_out = sum(boxes is None for boxes in corrections.values())
    ranges = [f"{low} to {high}" for low, high in pairwise(WIDTHS_PX[:-1])]
    path.write_text(
        HEAD.format(
            score=training.score,
            sure_score=sure,
            side=subject.side,
            date=training.date,
            stages="\n".join(f"{n}. {text}" for n, text in enumerate(training.stages, 1)),
            pictures=(
                f"{sum(n for n, _ in counts.values())} to train, "
                f"{sum(n for _, n in counts.values())} to validate"
            ),
            corrected=len(corrections) - left_out,
            left_out=left_out,
            sources="\n".join(_source_rows(sources, counts)),
            against=AGAINST if len({name for name, _ in measured}) > 1 else "",
            comparison="\n".join(
                f"| {name}, {evaluation.side} {_comparison(evaluation, sure)}"
                for name, evaluation in measured
            ),
            close_ups=CLOSE_UPS,
            backgrounds=BACKGROUNDS,
            distractors=DISTRACTORS,
            people=PEOPLE,
            plateless=len(subject.plateless),
            plateless_kinds=", ".join(f"{count} {name}" for name, count in kinds.items()),
            widths=" | ".join([*ranges, f"over {WIDTHS_PX[-2]}"]),
            width_rule="---|" * (len(WIDTHS_PX) - 1),
            by_width="\n".join(
                f"| {name}, {evaluation.side} {_widths(evaluation, training.score)}"
                for name, evaluation in measured
            ),
            scores="\n".join(_score_row(subject, step) for step in OPERATING_SCORES),
            per_source="\n".join(
                _source_figures(name, figures(part, sure))
                for name, part in by_source(subject.labelled).items()
            ),
        )
    )


def _widths(evaluation: Evaluation, score: float) -> str:
    ranges = recall_by_width(evaluation.labelled, score, WIDTHS_PX)
    return "".join(f"| {recall:.2f} of {count} " for recall, count in ranges) + "|"


def _comparison(evaluation: Evaluation, score: float) -> str:
    result = figures(evaluation.labelled, score)
    return (
        f"| {result.map50:.3f} | {result.map50_95:.3f} | {result.recall:.3f} "
        f"| {result.precision:.3f} | {result.mean_iou:.3f} | {result.tight:.3f} "
        f"| {false_boxes_per_hundred(evaluation.plateless, score):.1f} |"
    )


def _score_row(evaluation: Evaluation, score: float) -> str:
    result = figures(evaluation.labelled, score)
    return (
        f"| {score:.2f} | {result.recall:.3f} | {result.precision:.3f} | {result.mean_iou:.3f} "
        f"| {false_boxes_per_hundred(evaluation.plateless, score):.1f} |"
    )


def _source_figures(name: str, result: Figures) -> str:
    return (
        f"| {name} | {result.pictures} | {result.plates} | {result.map50:.3f} "
        f"| {result.map50_95:.3f} | {result.recall:.3f} | {result.precision:.3f} "
        f"| {result.mean_iou:.3f} |"
    )


def _source_rows(sources: Path, counts: dict[str, tuple[int, int]]) -> list[str]:
    with sources.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        f"| {row['prefix']} | {row['region']} | {row['source_repo']}, {row['commit']} "
        f"| {row['licence']} "
        f"| {counts[row['prefix']][0]} | {counts[row['prefix']][1]} |"
        for row in rows
        if row["prefix"] in counts and row["prefix"] not in DROPPED_SOURCES
    ]
