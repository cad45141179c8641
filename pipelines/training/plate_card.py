"""Writes the plate detector's model card from measured figures."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.training.plate_data import DROPPED_SOURCES
from pipelines.training.plate_dataset import BACKGROUNDS, CLOSE_UPS, PEOPLE
from pipelines.training.plate_evaluation import Evaluation, by_source
from pipelines.training.plate_metrics import Figures, false_boxes_per_hundred, figures

OPERATING_SCORES = (0.1, 0.15, 0.2, 0.25, 0.35, 0.45)


@dataclass(frozen=True)
class Training:
    """How the weights were made, for the card.

    Attributes:
        date: Day the training ended, ISO 8601.
        stages: One sentence a stage of training, in order.
        score: The recommended operating score.
    """

    date: str
    stages: tuple[str, ...]
    score: float


HEAD = """# Plate detector

YOLOv8n with an end-to-end (NMS-free) head, one class: `plate`. Licence: AGPL-3.0, as its base,
`best.pt` of [fastanpr](https://pypi.org/project/fastanpr/0.1.13/) 0.1.13 (AGPL-3.0), and the
Ultralytics code that trained it.

## Use

- Input `images`: `(batch, 3, height, width)` float32, RGB, `[0, 1]`, letterboxed with grey 114,
  sides multiples of 32. Trained at 640.
- Output `output0`: `(batch, 300, 6)` float32, rows `x1 y1 x2 y2 score class` in pixels of the
  input, best score first. The head needs no NMS, but now and then it names one plate twice: drop
  boxes that overlap a better one (IoU 0.5), which costs no recall and gains much precision.
- `YOLO("plate_detector.onnx", task="detect").predict(picture, imgsz=640, nms=False)` gives the
  same boxes, and needs no torchvision.
- Weights are stored in half precision and widened while a session loads; arithmetic is float32.
- Recommended operating score: **{score:.2f}**.

## Training

Made on {date} by `python -m pipelines.training.plate_detector`:

{stages}

Photographs: {pictures}. Near-duplicates (by difference hash, mirrored too, and by name) are kept
on one side of the split; about a tenth of each source is held out for validation.

| Source | Region | Repository, commit | Licence | Training | Validation |
|---|---|---|---|---|---|
{sources}

Added to training: {close_ups} close-ups of plates, {backgrounds} cuts without plates and
{people} pictures of people. `us_florida_aug` is left out: its boxes are loose.

## Figures

Held-out pictures, long side 640, ONNX Runtime, one thread, both files in one run. The earlier
weights (the first training above, 512 px) had **seen many of these validation pictures in their
own training**; these weights start from them and have not seen those pictures since. The figures
flatter both, the earlier weights more.

| Weights | mAP50 | mAP50-95 | Recall | Precision | Mean IoU | At IoU 0.75 | False boxes / 100 |
|---|---|---|---|---|---|---|---|
{comparison}

Recall, precision, mean IoU of the matched boxes and false boxes are at score {score:.2f}; recall
and precision at IoU 0.5. False boxes are counted on {plateless} pictures without plates
({plateless_kinds}). Boxes that overlap a better one by IoU 0.5 are dropped
first, except in the rows that say every box.

By score, these weights:

| Score | Recall | Precision | Mean IoU | False boxes / 100 |
|---|---|---|---|---|
{scores}

By source at score {score:.2f}, these weights:

| Source | Pictures | Plates | mAP50 | mAP50-95 | Recall | Precision | Mean IoU |
|---|---|---|---|---|---|---|---|
{per_source}

## Known limits

- Validation is small (some sources have under ten pictures) and comes from the same collections
  as training. Labels of `us_florida` and of some tilted plates are loose. Looked at by eye, most
  false boxes over 0.35 are second boxes of one plate or plates that nobody labelled; the rest are
  signs, logos and patches of regular pattern.
- Small plates are missed: 93 to 97 % of plates at least 40 pixels wide in the scaled picture are
  found at score 0.20, but 62 % of those of 25 to 40 pixels and half of those of 15 to 25.
- The operating score was chosen on the validation pictures. Scores run low: a clear, large plate
  may score 0.25.
- The people among the plateless pictures come from the same collection as those in training.
- Few night pictures, no infra-red, hardly any pictures from Latin America or South-East Asia.
- Most sources are photographs collected from the web whose own licences are not stated.
"""


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
    subject, score = measured[0][1], training.score
    kinds = {name: len(part) for name, part in by_source(subject.plateless).items()}
    path.write_text(
        HEAD.format(
            score=score,
            date=training.date,
            stages="\n".join(f"{n}. {text}" for n, text in enumerate(training.stages, 1)),
            pictures=(
                f"{sum(n for n, _ in counts.values())} to train, "
                f"{sum(n for _, n in counts.values())} to validate"
            ),
            sources="\n".join(_source_rows(sources, counts)),
            comparison="\n".join(
                f"| {name} {_comparison(evaluation, score)}" for name, evaluation in measured
            ),
            close_ups=CLOSE_UPS,
            backgrounds=BACKGROUNDS,
            people=PEOPLE,
            plateless=len(subject.plateless),
            plateless_kinds=", ".join(f"{count} {name}" for name, count in kinds.items()),
            scores="\n".join(_score_row(subject, step) for step in OPERATING_SCORES),
            per_source="\n".join(
                _source_figures(name, figures(part, score))
                for name, part in by_source(subject.labelled).items()
            ),
        )
    )


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
