"""Finding faces at any size."""

from collections.abc import Sequence

import numpy as np
import pytest

from configs.settings import FaceEncoderSettings
from pipelines.engines.face_detection import (
    FaceFinder,
    most_prominent_first,
    without_duplicates,
)
from pipelines.engines.found_face import FoundFace
from pipelines.types import Box, Picture


def face(x: float, y: float, width: float, height: float, score: float = 0.9) -> FoundFace:
    landmarks = np.array([[x, y]] * 5, np.float32)
    return FoundFace(Box(x, y, x + width, y + height), score, landmarks)


class ScriptedDetector:
    """Answers by the longer side of the picture and remembers what it was asked."""

    sees_turns = True

    def __init__(self, answers: dict[int, Sequence[FoundFace]]) -> None:
        self.answers = answers
        self.asked: list[tuple[int, ...]] = []

    def find(self, picture: Picture, min_score: float) -> list[FoundFace]:
        self.asked.append(picture.shape[:2])
        answers = self.answers.get(max(picture.shape[:2]), ())
        return [found for found in answers if found.score >= min_score]


def picture(height: int, width: int) -> Picture:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("shape", "asked"),
    [
        ((3000, 4000), [(240, 320), (480, 640), (960, 1280)]),
        ((1000, 800), [(320, 256), (640, 512), (1000, 800)]),
        ((250, 250), [(250, 250)]),
        ((200, 400), [(160, 320), (200, 400)]),
    ],
)
def test_looks_closer_until_the_picture_has_no_more_to_show(
    shape: tuple[int, int], asked: list[tuple[int, int]]
) -> None:
    detector = ScriptedDetector({})
    assert FaceFinder(detector, FaceEncoderSettings()).find(picture(*shape)) == []
    assert detector.asked == asked


def test_stops_at_the_first_size_that_shows_a_face_and_looks_at_it_again() -> None:
    detector = ScriptedDetector({640: [face(100, 60, 20, 30)], 128: [face(40, 36, 44, 62)]})
    (found,) = FaceFinder(detector, FaceEncoderSettings()).find(picture(1200, 1600))
    assert detector.asked == [(240, 320), (480, 640), (128, 128)]
    # 20 x 30 at 640 is 50 x 75 of 1600, so the second look shows 150 px in 128.
    scale = 150 / 128
    assert found.box.x1 == pytest.approx(275 - 75 + 40 * scale)
    assert found.box.width == pytest.approx(44 * scale)
    assert found.landmarks[0] == pytest.approx([200 + 40 * scale, 112.5 + 36 * scale])
    assert found.score == 0.9


@pytest.mark.parametrize("second", [[], [face(0, 0, 20, 20)]], ids=["nothing", "something else"])
def test_keeps_the_first_look_when_the_second_finds(second: list[FoundFace]) -> None:
    detector = ScriptedDetector({250: [face(90, 80, 60, 80)], 128: second})
    (found,) = FaceFinder(detector, FaceEncoderSettings()).find(picture(250, 250))
    assert found.box == Box(90, 80, 150, 160)


def test_faces_below_the_bounds_do_not_count() -> None:
    small, unsure = face(10, 10, 20, 40), face(90, 90, 90, 90, score=0.5)
    detector = ScriptedDetector({250: [small, unsure]})
    assert FaceFinder(detector, FaceEncoderSettings(min_face_px=24)).find(picture(250, 250)) == []


@pytest.mark.parametrize("outside", [face(-90, 20, 80, 90), face(249.5, 20, 80, 90)])
def test_a_face_beyond_the_border_does_not_count(outside: FoundFace) -> None:
    detector = ScriptedDetector({250: [outside, face(20, 20, 80, 90)]})
    (found,) = FaceFinder(detector, FaceEncoderSettings()).find(picture(250, 250))
    assert found.box == Box(20, 20, 100, 110)


def test_a_face_that_the_second_look_moves_beyond_the_border_does_not_count() -> None:
    # 80 px wide at x = -60; the second look shows 160 px in 128 and moves it 24 px to the left.
    detector = ScriptedDetector({250: [face(-60, 80, 80, 80)], 128: [face(12.8, 32, 64, 64)]})
    assert FaceFinder(detector, FaceEncoderSettings()).find(picture(250, 250)) == []


def test_the_visible_part_decides_which_face_is_largest() -> None:
    cut, whole = face(180, 40, 140, 140), face(60, 40, 100, 110)
    assert most_prominent_first([cut, whole], 250, 250) == [whole, cut]


def test_of_equally_large_faces_the_central_one_comes_first() -> None:
    aside, central, small = face(0, 0, 100, 110), face(80, 80, 92, 100), face(110, 200, 40, 40)
    assert most_prominent_first([small, aside, central], 250, 250) == [central, aside, small]
    larger = face(0, 0, 120, 130)
    assert most_prominent_first([central, larger], 250, 250) == [larger, central]


def test_no_faces_have_no_order() -> None:
    assert most_prominent_first([], 250, 250) == []


def test_of_two_overlapping_faces_the_surer_one_stays() -> None:
    sure, unsure, apart = face(0, 0, 50, 50, 0.9), face(5, 5, 50, 50, 0.7), face(90, 0, 50, 50, 0.6)
    assert without_duplicates([unsure, apart, sure], 0.5) == [sure, apart]
