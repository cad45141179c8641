"""Open-set identification."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.bench.open_set import Floats, Searches, Trial
from tests.bench.rates import Rate


def searches(*rows: tuple[float, float, bool]) -> Searches:
    first, second, right = zip(*rows, strict=True)
    return Searches(np.array(first, np.float32), np.array(second, np.float32), np.array(right))


def trial(drivers: Searches, strangers: Searches, draws: int = 1) -> Trial:
    return Trial(100, "100 drivers", drivers, strangers, draws)


DRIVERS = searches((0.9, 0.1, True), (0.6, 0.58, True), (0.5, 0.2, True), (0.7, 0.6, False))
STRANGERS = searches(*((similarity / 10, 0.0, False) for similarity in range(10)))


def test_finds_the_nearest_two_and_whether_the_nearest_is_right() -> None:
    templates = np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float32)
    probes = np.array([[0, 1], [1, 0], [0.8, 0.6]], np.float32)

    found = Searches.of(templates, probes, np.array([2, 1, -1]))

    assert found.first == pytest.approx([1.0, 1.0, 0.96])
    assert found.second == pytest.approx([0.8, 0.6, 0.8])
    assert found.right.tolist() == [True, False, False]


@given(
    arrays.arrays(np.float32, (7, 3), elements=st.floats(-1, 1, width=32)),
    arrays.arrays(np.float32, (5, 3), elements=st.floats(-1, 1, width=32)),
)
def test_the_two_nearest_are_those_of_a_full_sort(templates: Floats, probes: Floats) -> None:
    found = Searches.of(templates, probes, np.full(len(probes), -1))

    falling = np.sort(probes @ templates.T, axis=1)[:, ::-1]
    assert np.array_equal(found.first, falling[:, 0])
    assert np.array_equal(found.second, falling[:, 1])


def test_counts_strangers_let_in_and_drivers_missed() -> None:
    measured = trial(DRIVERS, STRANGERS)

    assert measured.false_positives(0.65) == Rate(3, 10)
    assert measured.misses(0.55) == Rate(2, 4)
    assert measured.mistaken(0.55) == Rate(1, 4)


def test_the_margin_turns_away_who_is_like_two() -> None:
    measured = trial(DRIVERS, STRANGERS)

    assert measured.misses(0.45) == Rate(1, 4)
    assert measured.misses(0.45, margin=0.05) == Rate(2, 4)
    assert measured.mistaken(0.45, margin=0.2) == Rate(0, 4)


@pytest.mark.parametrize(("fpir", "let_in"), [(0.0, 0), (0.1, 1), (0.25, 2), (0.3, 3), (1.0, 10)])
def test_the_least_threshold_for_an_fpir_lets_in_no_more(fpir: float, let_in: int) -> None:
    measured = trial(DRIVERS, STRANGERS)

    assert measured.false_positives(measured.threshold_at(fpir)) == Rate(let_in, 10)


def test_equal_strangers_are_kept_out_together() -> None:
    measured = trial(DRIVERS, searches(*[(0.5, 0.0, False)] * 10))

    assert measured.false_positives(measured.threshold_at(0.5)) == Rate(0, 10)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.floats(0, 1))
def test_no_threshold_exceeds_its_fpir(similarities: list[float], fpir: float) -> None:
    measured = trial(DRIVERS, searches(*((one, 0.0, False) for one in similarities)))

    assert measured.false_positives(measured.threshold_at(fpir)).share <= fpir + 1e-9


def test_the_curve_agrees_with_the_rates_at_each_threshold() -> None:
    measured = trial(DRIVERS, STRANGERS)

    fpir, fnir = measured.curve()

    assert fpir == pytest.approx(np.arange(10) / 10)
    thresholds = [measured.threshold_at(one) for one in fpir]
    assert fnir == pytest.approx([measured.misses(one).share for one in thresholds])


def test_equal_strangers_are_one_step_of_the_curve() -> None:
    fpir, _ = trial(DRIVERS, searches(*[(0.5, 0.0, False)] * 3, (0.4, 0.0, False))).curve()

    assert fpir.tolist() == [0.0, 0.0, 0.0, 0.75]


def test_draws_of_the_same_photos_make_the_interval_no_narrower() -> None:
    once = trial(DRIVERS, STRANGERS)
    often = trial(Searches.joined([DRIVERS] * 20), Searches.joined([STRANGERS] * 20), draws=20)

    assert often.misses(0.55).share == once.misses(0.55).share
    assert often.interval(often.misses(0.55)) == pytest.approx(Rate(2, 4).interval)
