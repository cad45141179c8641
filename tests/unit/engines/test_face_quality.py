"""Measures of a face."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.engines.face_alignment import ARCFACE_LANDMARKS
from pipelines.engines.face_quality import MEAN_FACE, head_pose, measure_quality
from pipelines.types import Box


def seen(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float32]:
    """The mean face turned by degrees, seen from afar at 60 px between the eyes."""
    y, p, r = np.radians([yaw, -pitch, roll])
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]]
    about_z = [[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]
    turned = MEAN_FACE @ (np.array(about_z) @ np.array(about_y) @ np.array(about_x)).T
    return np.asarray(turned[:, :2] * 60 + 200, np.float32)


@pytest.mark.parametrize("angle", [-40, -15, 0, 15, 40])
def test_yaw_is_positive_towards_the_right_of_the_picture(angle: float) -> None:
    landmarks = seen(yaw=angle)
    assert head_pose(landmarks) == pytest.approx((angle, 0, 0), abs=0.01)
    if angle:
        assert np.sign(landmarks[2, 0] - landmarks[:2, 0].mean()) == np.sign(angle)


@pytest.mark.parametrize("angle", [-30, -10, 10, 30])
def test_pitch_is_positive_upwards(angle: float) -> None:
    landmarks = seen(pitch=angle)
    assert head_pose(landmarks) == pytest.approx((0, angle, 0), abs=0.01)
    # A face that looks up shows its nose nearer to its eyes.
    assert np.sign(seen()[2, 1] - seen()[0, 1] - (landmarks[2, 1] - landmarks[0, 1])) == np.sign(
        angle
    )


@pytest.mark.parametrize("angle", [-30, -10, 10, 30])
def test_roll_is_positive_clockwise(angle: float) -> None:
    landmarks = seen(roll=angle)
    assert head_pose(landmarks) == pytest.approx((0, 0, angle), abs=0.01)
    assert (landmarks[1, 1] > landmarks[0, 1]) == (angle > 0)


def test_mirroring_negates_yaw_and_roll_and_keeps_pitch() -> None:
    landmarks = seen(yaw=25, pitch=-12, roll=6) + np.random.default_rng(1).normal(0, 2, (5, 2))
    mirrored = landmarks[[1, 0, 2, 4, 3]] * [-1, 1] + [400, 0]
    yaw, pitch, roll = head_pose(landmarks.astype(np.float32))
    assert head_pose(mirrored.astype(np.float32)) == pytest.approx((-yaw, pitch, -roll), abs=0.01)


def test_a_face_in_the_standard_place_is_nearly_frontal() -> None:
    assert head_pose(ARCFACE_LANDMARKS) == pytest.approx((0, 0, 0), abs=10)


def test_coincident_landmarks_give_finite_angles() -> None:
    assert all(np.isfinite(head_pose(np.full((5, 2), 9, np.float32))))


def test_blur_lowers_sharpness_and_light_raises_brightness() -> None:
    random = np.random.default_rng(0)
    noise = random.integers(0, 100, (112, 112, 3), dtype=np.uint8)
    flat = np.full((112, 112, 3), 200, np.uint8)
    box = Box(10, 10, 50, 90)
    sharp, blurred = (measure_quality(box, ARCFACE_LANDMARKS, crop) for crop in (noise, flat))
    assert (sharp.size_px, blurred.size_px) == (40, 40)
    assert sharp.sharpness > blurred.sharpness == 0
    assert blurred.brightness == pytest.approx(200)
    assert sharp.brightness < 60
