"""What happens to plates."""

import numpy as np

from pipelines.training.synthesis import wear
from pipelines.training.synthesis.glyphs import Typefaces


def test_a_holder_leaves_the_number_visible(faces: Typefaces) -> None:
    for seed in range(40):
        canvas = np.full((150, 300, 3), 255, np.float32)
        canvas[50:100, 40:260] = (0, 0, 255)
        framed, (left, top, _, _) = wear.framed(
            canvas, (40, 260, 50, 100), faces, np.random.default_rng(seed)
        )
        number = framed[top + 50 : top + 100, left + 40 : left + 260]
        assert (number == (0, 0, 255)).all(axis=2).mean() > 0.99


def test_a_bent_plate_keeps_its_ends() -> None:
    picture = np.zeros((60, 300, 3), np.uint8)
    picture[28:32] = 255
    mask = np.full((60, 300), 255, np.uint8)
    bent, _ = wear.bent(picture, mask, np.random.default_rng(1))
    rows = bent[..., 0].argmax(axis=0)
    assert abs(int(rows[0]) - 28) <= 2
    assert rows[150] != rows[0]


def test_shadows_only_darken() -> None:
    for seed in range(20):
        canvas = np.full((40, 90, 3), 200, np.float32)
        wear.shadow(canvas, np.random.default_rng(seed))
        assert canvas.max() <= 200
        assert canvas.min() >= 200 * (1 - 1.05 * 0.72) - 1
