"""Similarity transforms of faces."""

import cv2
import numpy as np
import pytest
from insightface.utils import face_align

from pipelines.engines.face_alignment import ARCFACE_LANDMARKS, aligned, similarity, warped


def test_the_template_is_that_of_insightface() -> None:
    np.testing.assert_array_equal(ARCFACE_LANDMARKS, face_align.arcface_dst)


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_aligns_as_insightface_does() -> None:
    random = np.random.default_rng(3)
    picture = random.integers(0, 256, (200, 240, 3), dtype=np.uint8)
    for _ in range(20):
        landmarks = (ARCFACE_LANDMARKS * random.uniform(0.7, 1.5)).astype(np.float32)
        landmarks += random.normal(0, 4, (5, 2)).astype(np.float32) + 20
        ours, theirs = aligned(picture, landmarks), face_align.norm_crop(picture, landmarks)
        # Roundings of the last bit of a coordinate move a few pixels of noise.
        assert np.mean(ours != theirs) < 0.01


def test_similarity_recovers_rotation_scale_and_shift() -> None:
    angle, scale = 0.4, 2.5
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (ARCFACE_LANDMARKS @ turn.T + [30, -8]).astype(np.float32)
    expected = np.column_stack([turn, [30, -8]])
    np.testing.assert_allclose(similarity(ARCFACE_LANDMARKS, moved), expected, atol=1e-4)


def test_a_strong_reduction_averages_instead_of_picking_pixels() -> None:
    board = (np.indices((800, 800)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = np.repeat(board[..., None], 3, axis=2)
    shrunk = warped(picture, np.array([[0.1, 0, 0], [0, 0.1, 0]]), 80)
    assert shrunk[2:-2, 2:-2].astype(float) == pytest.approx(127.5, abs=8)


def test_a_strong_reduction_lands_where_a_plain_warp_does() -> None:
    picture = np.zeros((900, 1200, 3), np.uint8)
    cv2.circle(picture, (700, 400), 150, (255, 255, 255), -1)
    matrix = np.array([[0.12, -0.05, -10.0], [0.05, 0.12, -20.0]])
    plain = cv2.warpAffine(cv2.GaussianBlur(picture, (0, 0), 4), matrix, (112, 112))
    difference = warped(picture, matrix, 112).astype(int) - plain
    assert np.abs(difference).mean() < 1.0


def test_a_region_outside_the_picture_is_black() -> None:
    picture = np.full((50, 50, 3), 255, np.uint8)
    outside = warped(picture, np.array([[0.2, 0, -200], [0, 0.2, -200]]), 16)
    assert not outside.any()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("scale", [0.4, 0.7, 1.6])
def test_a_region_of_a_very_long_picture_is_warped_as_if_it_were_cut_out(
    scale: float, turned: bool
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8)
    region = cv2.GaussianBlur(noise, (0, 0), 3)
    picture = np.zeros((400, 40_000, 3), np.uint8)
    picture[:, 35_000:35_500] = region
    matrix = np.array([[scale, 0.1, -90.0], [-0.1, scale, -40.0]])
    expected = warped(region, matrix, 112)
    moved = matrix - np.column_stack([np.zeros((2, 2)), matrix[:, :1] * 35_000])
    if turned:  # the same, lying on its side
        picture = np.ascontiguousarray(picture.transpose(1, 0, 2))
        moved = moved[:, [1, 0, 2]]
    difference = warped(picture, moved, 112).astype(int) - expected
    assert np.abs(difference).max() <= 4
