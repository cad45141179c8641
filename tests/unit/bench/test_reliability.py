"""Whether confidences are what they say."""

import pytest

from tests.bench.reliability import Bin, expected_calibration_error, reliability


def test_groups_readings_by_confidence() -> None:
    bins = reliability([0.92, 0.98, 0.55, 1.0], [True, False, True, True], bins=10)

    assert [one.count for one in bins] == [1, 3]
    assert [one.confidence for one in bins] == pytest.approx([0.55, 2.90 / 3])
    assert [one.right for one in bins] == pytest.approx([1.0, 2 / 3])


def test_the_error_is_weighted_by_readings() -> None:
    bins = [Bin(3, 0.9, 0.7), Bin(1, 0.2, 0.6)]

    assert expected_calibration_error(bins) == pytest.approx((3 * 0.2 + 1 * 0.4) / 4)


def test_no_readings_have_no_error() -> None:
    assert expected_calibration_error(reliability([], [])) == 0.0
