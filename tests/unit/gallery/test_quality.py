from dataclasses import replace

import pytest

from pipelines.gallery.quality import quality_score
from pipelines.types import FaceQuality

GOOD = FaceQuality(size_px=150, sharpness=400, brightness=120, yaw=0, pitch=0, roll=0)


@pytest.mark.parametrize(
    "worse",
    [
        replace(GOOD, size_px=50),
        replace(GOOD, sharpness=20),
        replace(GOOD, yaw=40),
        replace(GOOD, yaw=-40),
        replace(GOOD, pitch=30),
    ],
)
def test_each_fault_lowers_the_score(worse: FaceQuality) -> None:
    assert quality_score(0.9, worse) < quality_score(0.9, GOOD)


def test_a_surer_detection_scores_higher() -> None:
    assert quality_score(0.7, GOOD) < quality_score(0.9, GOOD)


@pytest.mark.parametrize(
    "extreme",
    [
        FaceQuality(0, 0, 0, 180, -180, 90),
        FaceQuality(10_000, 1e9, 255, 0, 0, 0),
        FaceQuality(10_000, 1e9, 255, -95, 95, 0),
    ],
)
def test_the_score_stays_between_zero_and_one(extreme: FaceQuality) -> None:
    assert 0.0 <= quality_score(1.0, extreme) <= 1.0


def test_a_face_seen_from_the_side_is_worth_nothing() -> None:
    assert quality_score(1.0, replace(GOOD, yaw=90)) == pytest.approx(0.0)
