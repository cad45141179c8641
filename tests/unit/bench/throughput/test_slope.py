"""How fast something grows, and how surely that is known."""

import numpy as np
import pytest

from tests.bench.throughput.slope import Slope, slope_of

HOURS = np.linspace(0, 1, 180)


def test_a_straight_line_has_its_slope_for_sure() -> None:
    slope = slope_of(HOURS, 3.0 * HOURS + 100.0)

    assert slope.growth == pytest.approx(3.0)
    assert slope.uncertainty == pytest.approx(0.0, abs=1e-6)
    assert slope.is_growth


def test_the_interval_holds_the_true_slope_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        slope = slope_of(HOURS, 2.0 * HOURS + random.normal(0, 1, len(HOURS)))
        held += abs(slope.growth - 2.0) <= slope.uncertainty

    assert 0.90 <= held / 300 <= 0.99


def test_samples_that_drift_say_less_than_independent_ones() -> None:
    random = np.random.default_rng(2)
    steps = random.normal(0, 1, len(HOURS))
    drifting = np.array([steps[max(0, at - 20) : at + 1].sum() for at in range(len(steps))])
    shuffled = random.permutation(drifting)

    assert slope_of(HOURS, drifting).uncertainty > 2 * slope_of(HOURS, shuffled).uncertainty


def test_what_stays_as_it_is_does_not_grow() -> None:
    slope = slope_of(HOURS, np.full(len(HOURS), 512.0))

    assert slope == Slope(0.0, 0.0)
    assert not slope.is_growth


def test_two_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match=r"^2 samples say nothing about a slope$"):
        slope_of(HOURS[:2], HOURS[:2])
