import cv2
import numpy as np
import pytest

from configs.settings import PlateDetectorSettings
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.imaging import decode, encode_jpeg, open_picture
from pipelines.types import Picture
from tests.unit.plate_scenes import noise


def _with_plates(*corners: tuple[int, int, int, int]) -> Picture:
    picture = noise(400, 640)
    for x1, y1, x2, y2 in corners:
        picture[y1:y2, x1:x2] = (0, 255, 255)
    return picture


def test_the_setting_builds_the_fake() -> None:
    detector = build_plate_detector(PlateDetectorSettings(engine="fake"))
    assert isinstance(detector, FakePlateDetector)


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_jpeg_and_scaling_move_the_box_by_little(quality: int, factor: float) -> None:
    picture = cv2.resize(_with_plates((101, 77, 301, 137)), None, fx=factor, fy=factor)
    picture = decode(encode_jpeg(picture, quality), max_pixels=10**7)

    ((plate,),) = FakePlateDetector(PlateDetectorSettings(engine="fake")).detect([picture])

    box = plate.box
    corners = np.array([box.x1, box.y1, box.x2, box.y2]) / factor
    assert corners == pytest.approx(np.array([101, 77, 301, 137]), abs=4)


def test_the_largest_plate_comes_first_and_settings_bound_the_answer() -> None:
    picture = _with_plates((10, 10, 110, 60), (200, 10, 400, 110), (10, 200, 130, 250))

    def scores(**settings: float) -> list[tuple[float, float]]:
        detector = FakePlateDetector(PlateDetectorSettings(engine="fake", **settings))
        return [(plate.box.x1, plate.score) for plate in detector.detect([picture])[0]]

    assert scores() == [(200.0, 0.9), (10.0, 0.89), (10.0, 0.88)]
    assert len(scores(max_plates=2)) == 2
    assert len(scores(min_score=0.885)) == 2
    assert scores(min_score=0.95) == []


def test_the_crop_has_the_margin_of_the_settings() -> None:
    picture = _with_plates((100, 100, 200, 150))
    settings = PlateDetectorSettings(engine="fake", crop_margin=0.2)

    ((plate,),) = FakePlateDetector(settings).detect([picture])

    assert plate.crop.shape == (70, 120, 3)


def test_a_picture_that_is_decoded_in_part_is_taken_in_full() -> None:
    picture = _with_plates((100, 100, 200, 150))
    opened = open_picture(encode_jpeg(picture), max_pixels=10**6, longer_side=160)
    assert opened.finest.factor == 4

    ((plate,),) = FakePlateDetector(PlateDetectorSettings(engine="fake")).detect_scalable([opened])

    box = plate.box
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((100, 100, 200, 150), abs=2)
