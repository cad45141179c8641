"""Detection metrics on boxes whose figures are known."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.training.plate_metrics import (
    Found,
    average_precision,
    false_boxes_per_hundred,
    figures,
    iou,
    match,
    recall_by_width,
    without_overlaps,
)

PLATE = [10.0, 10.0, 110.0, 40.0]
SHIFTED = [20.0, 10.0, 120.0, 40.0]
ELSEWHERE = [300.0, 300.0, 400.0, 330.0]


def found(boxes: list[list[float]], scores: list[float], truth: list[list[float]]) -> Found:
    return Found(np.array(boxes).reshape(-1, 4), np.array(scores), np.array(truth).reshape(-1, 4))


def test_iou_of_known_boxes() -> None:
    overlaps = iou(np.array([PLATE, ELSEWHERE]), np.array([PLATE, SHIFTED]))
    np.testing.assert_allclose(overlaps, [[1.0, 90 / 110], [0.0, 0.0]])


def test_iou_of_empty_boxes_is_zero() -> None:
    point = np.array([[5.0, 5.0, 5.0, 5.0]])
    assert iou(point, point).tolist() == [[0.0]]


def test_a_plate_is_matched_once_and_by_the_best_score() -> None:
    result = match(found([PLATE, SHIFTED], [0.3, 0.9], [PLATE]), 0.5)
    np.testing.assert_allclose(result, [0.0, 90 / 110])


def test_a_box_below_the_threshold_does_not_match() -> None:
    assert match(found([SHIFTED], [0.9], [PLATE]), 0.85).tolist() == [0.0]


def test_average_precision_of_a_perfect_ranking_is_one() -> None:
    assert average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, True, False]), 2) == 1.0


def test_average_precision_counts_missed_plates() -> None:
    # One of two plates found: precision 1 up to recall 0.5, so 51 of 101 steps.
    assert average_precision(np.array([0.9]), np.array([True]), 2) == pytest.approx(51 / 101)


def test_average_precision_counts_false_boxes_ranked_first() -> None:
    precision = average_precision(np.array([0.9, 0.8]), np.array([False, True]), 1)
    assert precision == pytest.approx(0.5)


def test_average_precision_without_boxes_is_zero() -> None:
    assert average_precision(np.zeros(0), np.zeros(0, bool), 3) == 0.0


def test_figures_of_a_small_set() -> None:
    results = [
        found([PLATE, ELSEWHERE], [0.9, 0.6], [PLATE]),
        found([SHIFTED], [0.7], [PLATE]),
        found([], [], [ELSEWHERE]),
    ]
    result = figures(results, score=0.5)
    assert (result.pictures, result.plates) == (3, 3)
    assert result.recall == pytest.approx(2 / 3)
    assert result.precision == pytest.approx(2 / 3)
    assert result.mean_iou == pytest.approx((1 + 90 / 110) / 2)
    assert result.map50 == pytest.approx(67 / 101)
    assert result.map50_95 < result.map50


def test_boxes_below_the_operating_score_do_not_count() -> None:
    result = figures([found([PLATE], [0.4], [PLATE])], score=0.5)
    assert (result.recall, result.precision, result.map50) == (0.0, 0.0, 1.0)


def test_false_boxes_are_counted_per_hundred_pictures() -> None:
    empty = found([], [], [])
    assert false_boxes_per_hundred([found([PLATE], [0.5], []), *[empty] * 3], 0.5) == 25.0


def test_false_boxes_need_pictures_without_plates() -> None:
    with pytest.raises(ValueError, match=r"^false boxes are counted on pictures without plates$"):
        false_boxes_per_hundred([found([], [], [PLATE])], 0.5)


def test_drops_boxes_that_overlap_a_better_one() -> None:
    kept = without_overlaps(found([SHIFTED, ELSEWHERE, PLATE], [0.4, 0.3, 0.9], [PLATE]))
    assert kept.boxes.tolist() == [PLATE, ELSEWHERE]
    assert kept.scores.tolist() == [0.9, 0.3]


def test_drops_nothing_where_nothing_is() -> None:
    assert len(without_overlaps(found([], [], [PLATE])).boxes) == 0


def test_recall_is_told_by_the_plates_width_in_the_detectors_input() -> None:
    half = replace(found([PLATE], [0.9], [PLATE, ELSEWHERE]), scale=0.5)
    whole = found([PLATE], [0.1], [PLATE])
    assert recall_by_width([half, whole], 0.2, [0, 40, 60, 200]) == [(0.0, 0), (0.5, 2), (0.0, 1)]
