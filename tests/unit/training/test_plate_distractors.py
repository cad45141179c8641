"""Drawn distractors."""

import numpy as np

from pipelines.training.plate_distractors import with_distractors


def street() -> np.ndarray:
    return np.full((120, 160, 3), 90, np.uint8)


def test_every_draw_puts_something_on_a_copy() -> None:
    background = street()
    for seed in range(40):
        made = with_distractors(background, np.random.default_rng(seed))
        assert made.shape == background.shape
        assert made.dtype == np.uint8
        assert (made != background).any()
    np.testing.assert_array_equal(background, street())


def test_the_same_draw_gives_the_same_picture() -> None:
    first, second = (with_distractors(street(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
