"""Shares with their uncertainty."""

import pytest

from tests.bench.rates import Rate, folded, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    assert Rate(hits, total).interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert Rate(0, 0).share == 0.0
    assert Rate(0, 0).interval == (0.0, 1.0)


def test_the_interval_is_shown_in_percent() -> None:
    assert Rate(0, 20).interval_text == "[0.0, 16.1]"


def test_folding_makes_letters_and_digits_that_look_alike_equal() -> None:
    assert folded("OB1I0") == "0B110"


def test_a_share_of_fewer_cases_is_known_less_exactly() -> None:
    low, high = wilson(0.5, 400)
    least, largest = wilson(0.5, 4)

    assert least < low < 0.5 < high < largest
    assert wilson(15 / 148, 148) == pytest.approx(Rate(15, 148).interval)
