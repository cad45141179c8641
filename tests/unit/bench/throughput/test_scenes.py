"""Pictures as cameras send them."""

import cv2
import numpy as np

from pipelines.types import Box, Picture
from tests.bench.throughput.scenes import (
    Frame,
    as_camera_jpeg,
    cut_around,
    filling,
    pasted,
    placed,
)


def numbered(width: int, height: int) -> Picture:
    """A picture whose pixels say where they are: column, row, 7."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return np.dstack([columns, rows, np.full_like(rows, 7)]).astype(np.uint8)


def test_a_cut_has_the_frames_proportions_and_the_box_at_its_middle() -> None:
    cut = cut_around(numbered(100, 200), Box(40, 100, 60, 120), Frame(200, 100))

    assert cut.shape == (50, 100, 3)
    assert cut[0, 0].tolist() == [0, 85, 7]


def test_a_cut_ends_at_the_pictures_edge() -> None:
    cut = cut_around(numbered(100, 200), Box(0, 190, 20, 200), Frame(100, 100))

    assert cut[-1, -1].tolist() == [99, 199, 7]


def test_a_picture_fills_its_frame_whether_larger_or_smaller() -> None:
    assert filling(numbered(40, 30), Frame(80, 60)).shape == (60, 80, 3)
    assert filling(numbered(40, 30), Frame(20, 15)).shape == (15, 20, 3)


def test_a_placed_picture_takes_its_share_at_its_corner() -> None:
    white = np.full((10, 10, 3), 255, np.uint8)
    black = np.zeros((100, 200, 3), np.uint8)

    whole = pasted(black, white, 0.5, (1.0, 0.0))

    rows, columns = np.nonzero(whole[..., 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 49, 150, 199)
    assert not black.any()


def test_behind_a_placed_picture_are_its_own_colours() -> None:
    red = np.zeros((60, 80, 3), np.uint8)
    red[..., 2] = 200

    assert placed(red, Frame(400, 100), 0.5, (0.5, 0.5)).reshape(-1, 3).max(0).tolist() == [
        0,
        0,
        200,
    ]


def test_the_same_seed_makes_the_same_file_and_noise_makes_it_larger() -> None:
    grey = np.full((600, 700, 3), 120, np.uint8)
    done, plain = cv2.imencode(".jpg", grey)

    assert done
    assert as_camera_jpeg(grey, 1) == as_camera_jpeg(grey, 1) != as_camera_jpeg(grey, 2)
    assert len(as_camera_jpeg(grey, 1)) > 3 * len(plain)
