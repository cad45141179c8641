"""Measures beside the limits that they fail."""

import pytest

from pipelines.limits import rounded, worded


@pytest.mark.parametrize(
    ("value", "limit", "places", "said"),
    [
        (52.3, 45.0, 0, ("52", "45")),
        (75.39, 75.0, 0, ("75.4", "75.0")),
        (49.96, 50.0, 0, ("49.96", "50.00")),
        (0.4567, 0.4571, 2, ("0.4567", "0.4571")),
        (0.81, 0.46, 2, ("0.81", "0.46")),
        (75.0, 75.0, 0, ("75", "75")),
        (1.0, 1.0000001, 0, ("1.000", "1.000")),
    ],
)
def test_tells_a_measure_from_its_limit(
    value: float, limit: float, places: int, said: tuple[str, str]
) -> None:
    assert worded(value, limit, places) == said


def test_rounds_for_programs() -> None:
    assert rounded(0.8983500003814697) == 0.8984
    assert rounded(52.0) == 52.0
