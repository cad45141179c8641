"""What every plate detector promises, checked on the real engine and on the fake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass

import cv2
import numpy as np
import pytest

from configs.settings import PlateDetectorSettings
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.geometry import intersection_over_union
from pipelines.types import Box, Picture, PlateDetection, PlateDetector
from tests.unit.plate_scenes import noise, real_detector, scene


@dataclass(frozen=True)
class Engine:
    detector: PlateDetector
    draw: Callable[[], tuple[Picture, Box]]


def _yellow_scene() -> tuple[Picture, Box]:
    picture = noise(400, 640)
    cv2.rectangle(picture, (200, 150), (439, 229), (0, 255, 255), cv2.FILLED)
    cv2.rectangle(picture, (212, 162), (427, 217), (255, 255, 255), cv2.FILLED)
    return picture, Box(200, 150, 440, 230)


@pytest.fixture(params=["ultralytics", "fake"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "fake":
        return Engine(FakePlateDetector(PlateDetectorSettings(engine="fake")), _yellow_scene)
    return Engine(real_detector(), scene)


def _assert_same(
    first: list[tuple[PlateDetection, ...]], second: list[tuple[PlateDetection, ...]]
) -> None:
    assert [len(plates) for plates in first] == [len(plates) for plates in second]
    for one, other in zip(sum(first, ()), sum(second, ()), strict=True):
        assert astuple(one.box) == pytest.approx(astuple(other.box), abs=0.5)
        assert one.score == pytest.approx(other.score, abs=0.01)
        assert abs(one.crop.shape[0] - other.crop.shape[0]) <= 2


def test_has_a_model_id(engine: Engine) -> None:
    assert engine.detector.model_id


def test_nothing_in_nothing_out(engine: Engine) -> None:
    assert engine.detector.detect([]) == []


def test_finds_the_plate_and_cuts_it_out(engine: Engine) -> None:
    picture, box = engine.draw()

    ((best, *_),) = engine.detector.detect([picture])

    assert intersection_over_union(best.box, box) > 0.7
    assert 0 < best.score <= 1
    assert best.crop.dtype == np.uint8
    assert best.crop.shape[0] == pytest.approx(box.height, rel=0.3)
    assert best.crop.shape[1] == pytest.approx(box.width, rel=0.3)


def test_answers_in_the_order_of_the_pictures(engine: Engine) -> None:
    picture, _ = engine.draw()
    empty = noise(400, 640)
    narrow = np.ascontiguousarray(picture[:, 100:540])

    answers = engine.detector.detect([empty, picture, empty, narrow, picture])

    assert [bool(plates) for plates in answers] == [False, True, False, True, True]
    assert answers[3][0].box.x1 == pytest.approx(answers[1][0].box.x1 - 100, abs=6)


def test_a_batch_answers_as_single_pictures_do(engine: Engine) -> None:
    picture, _ = engine.draw()
    pictures = [picture, noise(200, 300), cv2.flip(picture, 0), picture[:300], noise(720, 1280)]
    pictures = [np.ascontiguousarray(each) for each in pictures]

    batch = engine.detector.detect(pictures)

    _assert_same(batch, [engine.detector.detect([each])[0] for each in pictures])


def test_several_threads_get_the_answers_of_one(engine: Engine) -> None:
    picture, _ = engine.draw()
    pictures = [np.ascontiguousarray(picture[:, cut : 640 - cut]) for cut in (0, 40, 80, 120)]
    alone = [engine.detector.detect([each]) for each in pictures]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: engine.detector.detect([each]), pictures * 2))

    for one, other in zip(together, alone * 2, strict=True):
        _assert_same(one, other)


def test_pictures_are_not_changed_and_crops_are_no_views_of_them(engine: Engine) -> None:
    picture, _ = engine.draw()
    before = picture.copy()

    ((best, *_),) = engine.detector.detect([picture])

    assert np.array_equal(picture, before)
    assert not np.shares_memory(best.crop, picture)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 4000), (4000, 10), (33, 31)])
def test_pictures_of_odd_sizes_are_answered(engine: Engine, size: tuple[int, int]) -> None:
    (plates,) = engine.detector.detect([noise(*size)])

    for plate in plates:
        assert 0 <= plate.box.x1 < plate.box.x2 <= size[1]
        assert 0 <= plate.box.y1 < plate.box.y2 <= size[0]


def test_a_large_plate_gives_a_crop_within_the_limits(engine: Engine) -> None:
    picture, _ = engine.draw()
    large = cv2.resize(picture, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)

    ((best, *_),) = engine.detector.detect([large])

    assert best.box.width > 900
    assert best.crop.shape[0] <= 240
    assert best.crop.shape[1] <= 480
    assert best.crop.flags.c_contiguous
