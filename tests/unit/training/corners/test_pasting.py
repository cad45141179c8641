import cv2
import numpy as np
import pytest

from pipelines.training.corners.contexts import Kind
from pipelines.training.corners.pasting import paste, perspective
from pipelines.training.synthesis.painting import SyntheticPlate
from tests.unit.plate_scenes import noise


def _blue() -> SyntheticPlate:
    """A pure blue plate of 200x50 px in a black holder."""
    picture = np.zeros((70, 220, 3), np.uint8)
    picture[10:60, 10:210] = (255, 0, 0)
    corners = np.array([(10, 10), (210, 10), (210, 60), (10, 60)], np.float32)
    return SyntheticPlate(picture, np.full((70, 220), 255, np.uint8), corners, ("A",), "DE")


@pytest.mark.parametrize("seed", range(12))
def test_the_corners_are_those_of_the_pasted_plate(seed: int) -> None:
    rng = np.random.default_rng(seed)

    context = paste(_blue(), noise(480, 640), [(250, 200, 360, 240)], rng)

    picture = context.decode().astype(int)
    blue = (picture[..., 0] - picture[..., 2] > 60).astype(np.uint8)
    outline = np.zeros_like(blue)
    cv2.fillPoly(outline, [np.round(context.corners).astype(np.int32)], 1)
    shared = int((blue & outline).sum())
    assert context.kind is Kind.CORNERS
    assert shared > 0.8 * int((blue | outline).sum())


@pytest.mark.parametrize("aspect", [1.0, 4.7])
def test_perspectives_go_round_without_a_dent(aspect: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        quad = perspective(aspect, rng)
        sides = np.roll(quad, -1, axis=0) - quad
        following = np.roll(sides, -1, axis=0)
        assert (sides[:, 0] * following[:, 1] > sides[:, 1] * following[:, 0]).all()
        assert np.ptp(quad[:, 1]) == pytest.approx(1.0, abs=1e-4)
