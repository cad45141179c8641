"""Random views of plates."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.reader.samples import Packer, Samples, box_corners, cut_with_surroundings
from pipelines.training.reader.views import plain_view, random_view

CORNERS = np.array([(60, 50), (250, 70), (245, 130), (55, 110)], np.float32)
WHITE, BLACK = 255, 0


def slanted_plate() -> np.ndarray:
    """A white plate, its left half green, in the middle of nothing."""
    picture = np.zeros((180, 300, 3), np.uint8)
    cv2.fillConvexPoly(picture, CORNERS.astype(np.int32), (255, 255, 255))
    middle_top, middle_bottom = CORNERS[:2].mean(axis=0), CORNERS[2:].mean(axis=0)
    left = np.array([CORNERS[0], middle_top, middle_bottom, CORNERS[3]], np.int32)
    cv2.fillConvexPoly(picture, left, (0, 255, 0))
    return picture


def test_a_plain_view_is_filled_by_the_plate() -> None:
    view = plain_view(slanted_plate(), CORNERS, margin=0.0)

    assert view.shape == (64, 160, 3)
    np.testing.assert_array_equal(view[32, 10], (0, 255, 0))
    np.testing.assert_array_equal(view[32, 150], (255, 255, 255))
    assert view[4:-4, 4:-4].max(axis=2).min() > 200


def test_a_margin_shows_what_is_around_the_plate() -> None:
    view = plain_view(slanted_plate(), CORNERS, margin=0.25)

    assert view[2, 80].max() == BLACK
    assert view[32, 80].max() == WHITE


@pytest.mark.parametrize("boxed", [False, True])
def test_random_views_keep_the_plate_in_sight(boxed: bool) -> None:
    picture = slanted_plate()
    for seed in range(40):
        view = random_view(picture, CORNERS, np.random.default_rng(seed), boxed=boxed)
        left, right = view[16:48, 20:60].mean(axis=(0, 1)), view[16:48, 100:140].mean(axis=(0, 1))
        assert view.shape == (64, 160, 3)
        assert view.std() > 4
        assert right.sum() > left.sum()


def test_a_seed_gives_one_view() -> None:
    first, second = (
        random_view(slanted_plate(), CORNERS, np.random.default_rng(5), boxed=False)
        for _ in range(2)
    )

    np.testing.assert_array_equal(first, second)


def test_a_cut_keeps_the_plate_and_its_surroundings() -> None:
    cut, corners = cut_with_surroundings(slanted_plate(), (100, 60, 200, 110), 0.2, longest=50)

    assert cut.shape[:2] == (46, 70)
    np.testing.assert_allclose(corners, box_corners(10, 10, 60, 35), atol=0.6)


def test_samples_come_back_from_their_file(tmp_path: Path) -> None:
    packer = Packer()
    packer.add(slanted_plate(), "AB12", "DE", CORNERS, boxed=False)
    packer.add(slanted_plate()[::2], "X1", "", CORNERS, boxed=True)
    path = tmp_path / "shard_0000.npz"
    packer.samples().save(path)

    loaded = Samples.join([Samples.load(path), Samples.load(path).kept([1])])

    assert loaded.texts == ["AB12", "X1", "X1"]
    assert loaded.regions == ["DE", "", ""]
    assert loaded.boxed.tolist() == [False, True, True]
    assert loaded.picture(2).shape == (90, 300, 3)
    np.testing.assert_array_equal(loaded.picture(1), loaded.picture(2))
