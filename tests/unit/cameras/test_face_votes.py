"""What many pictures of one face make together."""

from dataclasses import replace

import numpy as np
import pytest

from configs.camera_settings import TrackSettings
from pipelines.cameras.face_votes import FaceVotes
from pipelines.types import Face, FaceQuality
from tests.unit.cameras.readings import BEGINNING, frame
from tests.unit.recording_gallery import face

SETTINGS = TrackSettings(enough_pictures=3)


def of_quality(number: int, size_px: float) -> Face:
    return replace(face(number), quality=FaceQuality(size_px, 200, 128, 0, 0, 0))


def test_the_best_faces_are_averaged() -> None:
    votes = FaceVotes(SETTINGS)
    for at_s, (number, size_px) in enumerate([(1, 60), (2, 100), (1, 70)]):
        votes.add(of_quality(number, size_px), frame(at_s))
    seen = votes.outcome()
    assert seen is not None
    assert seen.pictures == 3
    assert seen.face.crop[0, 0, 0] == 2
    assert (seen.at - BEGINNING).total_seconds() == 1
    mean = np.zeros(8, np.float32)
    mean[1:3] = np.array([2, 1]) / np.sqrt(5)
    np.testing.assert_allclose(seen.face.embedding, mean, atol=1e-6)


def test_poor_faces_do_not_count_beside_five_better_ones() -> None:
    votes = FaceVotes(SETTINGS)
    for number, size_px in [(3, 30), *[(1, 100)] * 5, (3, 20)]:
        votes.add(of_quality(number, size_px), frame())
    seen = votes.outcome()
    assert seen is not None
    assert seen.face.embedding[1] == pytest.approx(1.0)


def test_one_picture_is_too_few() -> None:
    votes = FaceVotes(SETTINGS)
    assert votes.outcome() is None
    votes.add(face(1), frame())
    assert votes.outcome() is None
    votes.add(face(1), frame())
    assert votes.outcome() is not None


def test_pictures_are_enough_at_some_time() -> None:
    votes = FaceVotes(SETTINGS)
    said = []
    for _ in range(3):
        votes.add(face(1), frame())
        said.append(votes.enough)
    assert said == [False, False, True]


def test_says_whether_a_face_is_that_of_the_same_person() -> None:
    votes = FaceVotes(SETTINGS)
    assert votes.alike(face(1)) is None
    votes.add(face(1), frame())
    assert votes.alike(face(1)) == 1.0
    assert votes.alike(face(2)) == pytest.approx(0.05)
    assert votes.alike(of_quality(2, 1)) is None


def test_faces_of_another_model_are_left_out() -> None:
    votes = FaceVotes(SETTINGS)
    votes.add(face(1), frame())
    other = replace(face(2), model_id="other")
    assert votes.alike(other) is None
    votes.add(other, frame())
    assert votes.outcome() is None
