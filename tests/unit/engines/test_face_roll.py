"""Faces that lean to a side."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from configs.settings import FaceEncoderSettings
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.face_roll import (
    DOUBT_DEG,
    MOST_STEPS,
    STEP_DEG,
    doubted,
    turned_landmarks,
    upright_turn,
)
from pipelines.engines.face_window import REFINED_PX, window_around
from pipelines.engines.found_face import FoundFace
from pipelines.types import Box, FaceEncoder, Picture

BOX = Box(100, 80, 160, 140)
PICTURE: Picture = np.zeros((300, 400, 3), np.uint8)


@pytest.fixture(scope="module")
def encoder() -> FaceEncoder:
    return build_face_encoder(FaceEncoderSettings())


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


def turned(picture: Picture, degrees: float) -> Picture:
    """The picture turned around its face, counter-clockwise."""
    matrix = cv2.getRotationMatrix2D((228, 120), degrees, 1.0)
    size = picture.shape[1::-1]
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


@pytest.mark.parametrize("degrees", [-45, -30, -15, 8, 15, 30, 45])
def test_a_leaning_head_is_the_same_person(
    encoder: FaceEncoder, portrait: Picture, degrees: float
) -> None:
    upright, leaning = encoder.encode([portrait, turned(portrait, degrees)])
    assert float(upright[0].embedding @ leaning[0].embedding) > 0.85


def test_the_landmarks_lean_with_the_head(encoder: FaceEncoder, portrait: Picture) -> None:
    upright, leaning = (
        faces[0].landmarks for faces in encoder.encode([portrait, turned(portrait, 30)])
    )
    matrix = cv2.getRotationMatrix2D((228, 120), 30, 1.0)
    expected = upright @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(leaning - expected).max() < 8  # of a face 90 px wide


def peaked(at: float, width: float = 40.0) -> Callable[[float], float]:
    """A score that falls with the distance from an angle."""
    return lambda turned_deg: 0.95 - ((turned_deg - at) / width) ** 2 / 10


@pytest.mark.parametrize("angle", [-80.0, -60.0, -18.0, -5.0, 0.0, 7.0, 18.0, 31.0, 80.0])
def test_finds_the_turn_of_the_highest_score(angle: float) -> None:
    assert upright_turn(peaked(angle)) == pytest.approx(angle, abs=1.0)


def test_turns_no_further_than_onto_the_side() -> None:
    assert upright_turn(peaked(170.0)) == MOST_STEPS * STEP_DEG


def test_an_upright_face_is_looked_at_three_times() -> None:
    looks: list[float] = []

    def score(turned_deg: float) -> float:
        looks.append(turned_deg)
        return peaked(0.0)(turned_deg)

    assert upright_turn(score) == 0.0
    assert sorted(looks) == [-STEP_DEG, 0.0, STEP_DEG]


def test_a_face_that_turning_loses_stays_as_it_was() -> None:
    assert upright_turn(lambda turned_deg: 0.9 if turned_deg == 0 else 0.0) == 0.0


def test_small_turns_are_believed_less_than_large_ones() -> None:
    assert doubted(0.0) == 0.0
    assert doubted(DOUBT_DEG) == DOUBT_DEG / 2
    assert doubted(-45.0) == pytest.approx(-43.3, abs=0.1)


class Spots:
    """Finds a face where the picture is bright, as sure as it is told for each look in turn."""

    sees_turns = False

    def __init__(self, *scores: float) -> None:
        self._scores = list(scores)

    def find(self, _picture: Picture, min_score: float) -> list[FoundFace]:
        score = self._scores.pop(0)
        if score < min_score:
            return []
        middle = REFINED_PX / 2
        box = Box(middle - 32, middle - 32, middle + 32, middle + 32)
        return [FoundFace(box, score, np.array([[middle + 20, middle]] * 5, np.float32))]


def test_landmarks_come_from_the_surest_window() -> None:
    face = FoundFace(BOX, 0.9, np.zeros((5, 2), np.float32))
    detector = Spots(0.80, 0.92, 0.90, 0.90, 0.93)  # at -18, 18, 0 and 36 degrees; then the last
    landmarks = turned_landmarks(PICTURE, face, detector, 0.6)
    across, down = landmarks[0] - (130, 110)
    turn = -np.degrees(np.arctan2(down, across))
    assert 10 < turn < 27
    assert np.hypot(across, down) == pytest.approx(20 * 120 / 128, abs=0.1)


def test_landmarks_stay_where_turned_windows_show_nothing() -> None:
    face = FoundFace(BOX, 0.9, np.full((5, 2), 7, np.float32))
    assert (turned_landmarks(PICTURE, face, Spots(0, 0, 0, 0), 0.6) == 7).all()


def test_another_face_in_the_window_is_not_taken() -> None:
    class Beside(Spots):
        def find(self, _picture: Picture, _min_score: float) -> list[FoundFace]:
            return [FoundFace(Box(0, 0, 20, 20), 0.99, np.zeros((5, 2), np.float32))]

    face = FoundFace(BOX, 0.9, np.full((5, 2), 7, np.float32))
    assert (turned_landmarks(PICTURE, face, Beside(), 0.6) == 7).all()


@pytest.mark.parametrize("degrees", [0.0, 30.0, -90.0])
def test_a_window_has_the_face_in_its_middle(degrees: float) -> None:
    matrix = window_around(BOX, degrees).matrix
    assert matrix @ [130, 110, 1] == pytest.approx([64, 64])
    assert np.hypot(*matrix[:, 0]) == pytest.approx(128 / 120)
