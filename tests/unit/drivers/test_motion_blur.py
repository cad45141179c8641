from math import inf

import cv2
import numpy as np
import pytest

from pipelines.drivers.motion_blur import finest_detail
from pipelines.types import Picture


def face() -> Picture:
    """Something with detail at all sizes and in all directions."""
    random = np.random.default_rng(1)
    picture = np.zeros((112, 112), np.float32)
    for side in (7, 14, 28, 56, 112):
        noise = random.standard_normal((side, side)).astype(np.float32)
        picture += cv2.resize(noise, (112, 112), interpolation=cv2.INTER_CUBIC) * 112 / side
    grey = cv2.normalize(picture, None, 40, 200, cv2.NORM_MINMAX).astype(np.uint8)
    drawn: Picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return drawn


def moved(picture: Picture, length: int, angle_deg: float) -> Picture:
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1.0
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), angle_deg, 1.0)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    smeared: Picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    return smeared


@pytest.mark.parametrize("angle_deg", [0, 20, 45, 70, 90, 135])
def test_motion_in_any_direction_takes_detail(angle_deg: float) -> None:
    assert finest_detail(moved(face(), 13, angle_deg)) < 0.25 * finest_detail(face())


def test_longer_motion_takes_more() -> None:
    details = [finest_detail(moved(face(), length, 30)) for length in (1, 5, 9, 15)]

    assert details == sorted(details, reverse=True)


@pytest.mark.parametrize(("gain", "offset"), [(0.4, 0), (0.4, 120), (1.2, 0)])
def test_light_and_contrast_do_not_matter(gain: float, offset: float) -> None:
    other = cv2.convertScaleAbs(face(), alpha=gain, beta=offset)

    assert finest_detail(other) == pytest.approx(finest_detail(face()), rel=0.15)


def test_a_dark_sharp_face_has_more_detail_than_a_bright_moved_one() -> None:
    dark = cv2.convertScaleAbs(face(), alpha=0.2)
    smeared = moved(face(), 9, 0)

    assert cv2.Laplacian(dark, cv2.CV_64F).var() < cv2.Laplacian(smeared, cv2.CV_64F).var()
    assert finest_detail(dark) > 3 * finest_detail(smeared)


def test_the_black_around_a_cut_face_does_not_matter() -> None:
    cut = face()
    cut[:6] = 0

    assert finest_detail(cut) == pytest.approx(finest_detail(face()), rel=0.05)


@pytest.mark.parametrize("value", [0, 90, 255])
def test_nothing_is_said_of_a_face_without_contrast(value: int) -> None:
    assert finest_detail(np.full((112, 112, 3), value, np.uint8)) == inf
