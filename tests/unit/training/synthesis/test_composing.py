"""Plates before backdrops."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_split import Split
from pipelines.training.synthesis.backdrops import Backdrop, Backdrops, load_backdrops
from pipelines.training.synthesis.composing import MARGIN, compose
from pipelines.training.synthesis.painting import Painter, SyntheticPlate

NONE = Backdrops(())


def blank(shape: tuple[int, int]) -> SyntheticPlate:
    """A white plate."""
    height, width = shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    picture = np.full((height, width, 3), 255, np.uint8)
    return SyntheticPlate(picture, np.full(shape, 255, np.uint8), corners, ("A",), "DE")


def dark_scene() -> Backdrops:
    """A black photograph whose own plate is white."""
    picture = np.zeros((300, 600, 3), np.uint8)
    picture[130:170, 200:400] = 255
    return Backdrops((Backdrop(picture, (200.0, 130.0, 400.0, 170.0)),))


def test_corners_enclose_what_is_drawn() -> None:
    seen = 0
    for seed in range(40):
        composed = compose(np.random.default_rng(seed), blank((80, 400)), dark_scene())
        grey = composed.picture.mean(axis=2)
        inside = np.zeros(grey.shape, np.uint8)
        cv2.fillConvexPoly(inside, np.rint(composed.corners).astype(np.int32), 1)
        core = cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0
        around = cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0
        if core.sum() > 200 and around.mean() > 0.5 and grey[around].mean() < 40:
            seen += 1
            assert grey[core].mean() > grey[around].mean() + 40
    assert seen > 10


def test_leaves_surroundings_on_every_side(painter: Painter) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        composed = compose(rng, painter.paint(rng), NONE)
        low, high = composed.corners.min(axis=0), composed.corners.max(axis=0)
        size = high - low
        height, width = composed.picture.shape[:2]
        assert (low >= 0.999 * MARGIN * size).all()
        assert ((width, height) - high >= 0.999 * MARGIN * size - 1).all()
        assert 99 <= size.max() <= 241


def test_the_same_seed_composes_the_same_picture(painter: Painter) -> None:
    pictures = []
    for _ in range(2):
        rng = np.random.default_rng(9)
        pictures.append(compose(rng, painter.paint(rng), dark_scene()).picture)
    assert np.array_equal(pictures[0], pictures[1])


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Two photographs with one plate each."""
    for folder in ("images", "labels"):
        (tmp_path / "detect" / folder).mkdir(parents=True)
    for name in ("a", "b"):
        path = tmp_path / "detect" / "images" / f"{name}.png"
        assert cv2.imwrite(str(path), np.full((200, 300, 3), 90, np.uint8))
        label = tmp_path / "detect" / "labels" / f"{name}.txt"
        label.write_text("0 0.5 0.5 0.4 0.15\n", encoding="utf-8")
    return tmp_path


def test_backdrops_come_from_the_training_part_alone(photographs: Path) -> None:
    split = Split({"a.png": "training", "b.png": "test"}, {}, {}, {})
    backdrops = load_backdrops(photographs, split)
    assert len(backdrops.cuts) == 1
    assert backdrops.cuts[0].proportions == pytest.approx(4.0)
    no_training = Split({"a.png": "validation", "b.png": "test"}, {}, {}, {})
    assert load_backdrops(photographs, no_training).cuts == ()
