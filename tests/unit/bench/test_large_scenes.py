"""Composing large pictures of small photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.types import Box, Picture
from tests.bench.large_scenes import LARGE, SMALL, Scene, filling, grainy, mosaic, pasted


def _photo(width: int = 600, height: int = 400) -> tuple[Picture, Box]:
    """Blue, with a red plate on the right."""
    picture = np.full((height, width, 3), (200, 0, 0), np.uint8)
    picture[240:280, 400:500] = (0, 0, 255)
    return picture, Box(400, 240, 500, 280)


def _assert_red_inside_only(scene: Scene) -> None:
    red = scene.picture[..., 2] > 200
    ys, xs = np.nonzero(red)
    box = scene.plate
    assert (xs.min(), xs.max() + 1) == pytest.approx((box.x1, box.x2), abs=8)
    assert (ys.min(), ys.max() + 1) == pytest.approx((box.y1, box.y2), abs=8)


@pytest.mark.parametrize("size", [LARGE, SMALL, (300, 600)])
def test_a_photo_fills_the_picture_and_keeps_its_plate(size: tuple[int, int]) -> None:
    scene = filling(*_photo(), size)

    assert scene.picture.shape == (size[1], size[0], 3)
    assert scene.plate.width / scene.plate.height == pytest.approx(2.5, rel=0.02)
    _assert_red_inside_only(scene)


def test_a_photo_is_pasted_with_a_plate_of_the_width_that_is_asked_for() -> None:
    backdrop = np.zeros((900, 1200, 3), np.uint8)

    scene = pasted(*_photo(), 60.0, backdrop, np.random.default_rng(0))

    assert scene.plate.width == pytest.approx(60)
    assert not backdrop.any()
    assert (scene.picture.any(axis=2)).sum() == pytest.approx(360 * 240, rel=0.01)
    _assert_red_inside_only(scene)


def test_a_mosaic_covers_the_whole_picture(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    cv2.imwrite(str(path), np.full((20, 20, 3), 77, np.uint8))

    picture = mosaic([path], (1500, 800), np.random.default_rng(0))

    assert picture.shape == (800, 1500, 3)
    assert (picture == 77).all()


def test_grain_is_faint_and_the_picture_is_not_changed() -> None:
    picture = np.full((101, 203, 3), 128, np.uint8)

    rough = grainy(picture, np.random.default_rng(0))

    assert (picture == 128).all()
    assert rough.shape == picture.shape
    assert 1 < rough.std() < 8
    assert rough.mean() == pytest.approx(128, abs=1)
