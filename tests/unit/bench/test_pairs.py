"""Whether one recognizer is ahead of another on the same plates."""

from pathlib import Path

import pytest

from tests.bench.dataset import LabelledPlate
from tests.bench.figures import PlateResult
from tests.bench.pairs import Pairs


def result(name: str, index: int, read: str) -> PlateResult:
    plate = LabelledPlate(None, "AB1")
    return PlateResult(name, "photo", "s", Path(f"{index}.jpg"), plate, "AB1", read, 0.9)


def test_counts_plates_that_only_one_read_right() -> None:
    first = [result("a", 0, "AB1"), result("a", 1, "ABI"), result("a", 2, "X"), result("a", 3, "")]
    second = [result("b", 0, "AB"), result("b", 1, "AB1"), result("b", 2, "AB1")]

    assert Pairs.of(first, second) == Pairs(plates=3, only_first=1, only_second=1)


@pytest.mark.parametrize(
    ("only_first", "only_second", "chance"),
    [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 2 / 32), (6, 1, 2 * 8 / 128)],
)
def test_the_chance_is_that_of_an_exact_sign_test(
    only_first: int, only_second: int, chance: float
) -> None:
    assert Pairs(50, only_first, only_second).chance == pytest.approx(chance)
