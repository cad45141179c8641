import numpy as np
import pytest

from pipelines.orientation import SIDEWAYS, leading, upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_was_on_the_right_and_below_is_found_again_once_upright(orientation: int) -> None:
    stored = np.zeros((12, 20, 3), np.uint8)
    stored[:, 17:], stored[10:] = 255, 255  # a surplus of 3 on the right and 2 below

    turned = upright(stored, orientation)

    left, top = leading(orientation, 3, 2)
    width, height = (10, 17) if orientation in SIDEWAYS else (17, 10)
    assert turned.flags.c_contiguous
    assert not turned[top : top + height, left : left + width].any()
    turned[top : top + height, left : left + width] = 255
    assert turned.all()


@pytest.mark.parametrize("orientation", [0, 1, 9, 300])
def test_other_numbers_leave_a_picture_as_it_is(orientation: int) -> None:
    stored = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert upright(stored, orientation) is stored
    assert leading(orientation, 3, 2) == (0, 0)
