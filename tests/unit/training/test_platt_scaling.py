"""Fitting and judging confidences."""

import numpy as np
import pytest

from pipelines.training.platt_scaling import (
    calibration_error,
    fit_calibration,
    fit_weights,
    reliability,
)


def test_finds_the_scale_that_made_the_readings() -> None:
    chance = np.random.default_rng(1)
    odds = chance.normal(1.5, 2.0, 20_000)
    right = chance.random(odds.size) < 1 / (1 + np.exp(-(0.5 * odds - 0.4)))
    fitted = fit_calibration((1 / (1 + np.exp(-odds))).tolist(), right.tolist())
    assert fitted.slope == pytest.approx(0.5, abs=0.02)
    assert fitted.intercept == pytest.approx(-0.4, abs=0.05)


def test_one_confidence_becomes_the_share_that_is_right() -> None:
    # 90 right and 10 wrong, with Platt's prior (90 * 91/92 + 10 * 1/12) / 100.
    fitted = fit_calibration([0.5] * 100, [True] * 90 + [False] * 10)
    assert fitted(0.5) == pytest.approx(0.8985, abs=3e-3)


@pytest.mark.parametrize("right", [[], [True, True], [False]])
def test_refuses_readings_of_one_kind(right: list[bool]) -> None:
    with pytest.raises(ValueError, match=r"^a calibration needs readings that are right and "):
        fit_calibration([0.5] * len(right), right)


def test_the_engine_that_is_right_weighs_more() -> None:
    chance = np.random.default_rng(2)
    choices, truths = [], []
    for _ in range(300):
        scores = chance.normal(0, 1, (4, 2))
        shares = np.exp(scores @ [1.5, 0.3])
        truths.append(int(chance.choice(4, p=shares / shares.sum())))
        choices.append(scores)
    assert fit_weights(choices, truths) == pytest.approx([1.5, 0.3], abs=0.2)


def test_an_engine_that_misleads_weighs_nothing() -> None:
    choices = [np.array([[0.0, -1.0], [-2.0, 0.0]])] * 100
    small, large = fit_weights(choices, [0] * 100)
    assert small > 0
    assert large == 0


def test_bins_compare_what_was_said_with_what_came_true() -> None:
    bins = reliability([0.55, 0.45, 0.99, 1.0, 0.99, 0.99], [True, False, True, True, True, False])
    assert [(one.count, one.right) for one in bins] == [(2, 0.5), (4, 0.75)]
    assert [one.confidence for one in bins] == pytest.approx([0.5, 0.9925])
    assert calibration_error(bins) == pytest.approx((2 * 0 + 4 * 0.2425) / 6)
