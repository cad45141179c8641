"""Detection metrics on boxes, in numpy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

IOU_STEPS = np.arange(0.5, 1.0, 0.05)
RECALL_STEPS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Found:
    """What a detector says of one picture, and what is there.

    Attributes:
        boxes: ``(N, 4)`` float64 xyxy pixels, any order.
        scores: ``(N,)`` float64 in [0, 1].
        truth: ``(M, 4)`` float64 xyxy pixels.
        source: Name of the picture's data source.
        scale: Pixels of the detector's input a pixel of the picture.
    """

    boxes: Array
    scores: Array
    truth: Array
    source: str = ""
    scale: float = 1.0


@dataclass(frozen=True)
class Figures:
    """A detector's figures over some pictures.

    Attributes:
        pictures: Number of pictures.
        plates: Number of labelled plates.
        map50: Average precision at IoU 0.5.
        map50_95: Mean of the average precisions at IoU 0.50, 0.55 to 0.95.
        recall: Part of the plates found at the operating score, at IoU 0.5.
        precision: Part of the boxes at the operating score that match a plate at IoU 0.5.
        mean_iou: Mean IoU of the matched boxes at the operating score.
        tight: Part of the plates found at the operating score at IoU 0.75.
    """

    pictures: int
    plates: int
    map50: float
    map50_95: float
    recall: float
    precision: float
    mean_iou: float
    tight: float


def iou(first: Array, second: Array) -> Array:
    """Intersection over union of every pair.

    Args:
        first: ``(N, 4)`` float64 xyxy.
        second: ``(M, 4)`` float64 xyxy, same unit.

    Returns:
        ``(N, M)`` float64 in [0, 1].
    """
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    opposite = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(opposite - corner, 0.0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def match(found: Found, threshold: float) -> Array:
    """Gives each box, best score first, the free plate it overlaps most.

    Args:
        found: One picture's boxes and plates.
        threshold: Least IoU of a match.

    Returns:
        ``(N,)`` float64: the IoU with the box's plate, 0 where it has none; in the boxes' order.
    """
    overlaps = iou(found.boxes, found.truth)
    matched = np.zeros(len(found.boxes))
    for index in np.argsort(-found.scores, kind="stable").tolist():
        if not overlaps.shape[1]:
            break
        best = int(np.argmax(overlaps[index]))
        if overlaps[index, best] >= threshold:
            matched[index] = overlaps[index, best]
            overlaps[:, best] = -1.0
    return matched


def without_overlaps(found: Found, threshold: float = 0.5) -> Found:
    """Drops each box that overlaps a better one.

    Args:
        found: One picture's boxes.
        threshold: IoU from which two boxes are taken for the same plate.

    Returns:
        The same picture with fewer boxes, best score first.
    """
    overlaps = iou(found.boxes, found.boxes)
    kept: list[int] = []
    for index in np.argsort(-found.scores, kind="stable").tolist():
        if not (overlaps[index, kept] >= threshold).any():
            kept.append(index)
    return replace(found, boxes=found.boxes[kept], scores=found.scores[kept])


def average_precision(scores: Array, hits: npt.NDArray[np.bool_], plates: int) -> float:
    """Area under precision over recall, interpolated at 101 recalls as COCO does.

    Args:
        scores: ``(N,)`` float64 scores of all boxes of all pictures.
        hits: ``(N,)`` bool, whether the box matched a plate.
        plates: Number of labelled plates.
    """
    if not plates or not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(hits[order])
    precision = true / np.arange(1, len(order) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    place = np.searchsorted(true / plates, RECALL_STEPS - 1e-12, side="left")
    return float(np.append(envelope, 0.0)[np.minimum(place, len(order))].mean())


def figures(results: Sequence[Found], score: float) -> Figures:
    """Computes a detector's figures.

    Args:
        results: One entry a picture.
        score: The operating score: boxes below it do not count for recall and precision.
    """
    plates = sum(len(found.truth) for found in results)
    scores = np.concatenate([found.scores for found in results])
    matches = [
        np.concatenate([match(found, float(step)) for found in results]) for step in IOU_STEPS
    ]
    precisions = [average_precision(scores, overlaps > 0, plates) for overlaps in matches]
    at_score = matches[0][scores >= score]
    hits = at_score[at_score > 0]
    tight = matches[5][scores >= score] > 0
    return Figures(
        pictures=len(results),
        plates=plates,
        map50=precisions[0],
        map50_95=float(np.mean(precisions)),
        recall=len(hits) / plates if plates else 0.0,
        precision=len(hits) / len(at_score) if len(at_score) else 0.0,
        mean_iou=float(hits.mean()) if len(hits) else 0.0,
        tight=float(tight.sum()) / plates if plates else 0.0,
    )


def recall_by_width(
    results: Sequence[Found], score: float, bounds: Sequence[float]
) -> list[tuple[float, int]]:
    """Recall at IoU 0.5 of plates by their width in the detector's input.

    Args:
        results: One entry a picture.
        score: The operating score.
        bounds: Ascending widths, input pixels, between which the ranges lie.

    Returns:
        Recall (0 where there are none) and number of plates of each range.
    """
    widths, hits = [np.zeros(0)], [np.zeros(0, bool)]
    for found in results:
        kept = found.boxes[found.scores >= score]
        best = iou(kept, found.truth).max(axis=0, initial=0.0)
        widths.append((found.truth[:, 2] - found.truth[:, 0]) * found.scale)
        hits.append(best >= 0.5)
    place = np.digitize(np.concatenate(widths), bounds)
    hit = np.concatenate(hits)
    ranges = [hit[place == index] for index in range(1, len(bounds))]
    return [(float(part.mean()) if len(part) else 0.0, len(part)) for part in ranges]


def false_boxes_per_hundred(results: Sequence[Found], score: float) -> float:
    """Boxes at or over ``score`` per hundred pictures that show no plate.

    Raises:
        ValueError: There is no picture, or one of them has a plate.
    """
    if not results or any(len(found.truth) for found in results):
        raise ValueError("false boxes are counted on pictures without plates")
    boxes = sum(int((found.scores >= score).sum()) for found in results)
    return 100.0 * boxes / len(results)
