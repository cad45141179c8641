"""Camera faults change a picture's quality, never its shape or its source."""

import numpy as np

from pipelines.training.camera_noise import degrade


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)


def test_keeps_shape_and_type_and_leaves_its_argument_alone() -> None:
    original = picture()
    before = original.copy()
    for seed in range(60):
        result = degrade(original, np.random.default_rng(seed))
        assert result.shape == original.shape
        assert result.dtype == np.uint8
    np.testing.assert_array_equal(original, before)


def test_about_half_of_the_pictures_stay_as_they_are() -> None:
    original = picture()
    same = sum(
        np.array_equal(degrade(original, np.random.default_rng(seed)), original)
        for seed in range(200)
    )
    assert 80 <= same <= 140


def test_the_same_draw_gives_the_same_faults() -> None:
    first, second = (degrade(picture(), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
