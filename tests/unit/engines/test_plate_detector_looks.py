from collections.abc import Sequence

import numpy as np

from configs.settings import PlateDetectorSettings
from pipelines.cropping import cut
from pipelines.engines.detection_networks import Row
from pipelines.engines.plate_detector import UltralyticsPlateDetector
from pipelines.geometry import grow, intersection_over_union
from pipelines.types import Box, Picture
from tests.unit.plate_scenes import noise, scene


class _Scripted:
    """A network that answers what a test says, by the width of the canvas."""

    def __init__(self, answers: dict[int, list[Row]]) -> None:
        self.answers = answers
        self.calls: list[tuple[int, int]] = []

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
        width = canvases[0].shape[1]
        self.calls.append((width, len(canvases)))
        return [self.answers[width] for _ in canvases]


def _two_looks(first: list[Row], second: list[Row]) -> tuple[UltralyticsPlateDetector, _Scripted]:
    detector = UltralyticsPlateDetector(
        PlateDetectorSettings(
            image_size=320, second_image_size=640, denoised_image_size=None, sure_score=0.5
        )
    )
    network = _Scripted({320: first, 640: second})
    detector.looks.network = network
    return detector, network


def test_a_sure_first_look_is_the_only_one() -> None:
    detector, network = _two_looks([(100, 80, 160, 100, 0.6)], [])

    (plates,) = detector.detect([noise(384, 640)])

    assert network.calls == [(320, 1)]
    assert [plate.score for plate in plates] == [0.6]


def test_only_doubtful_pictures_get_a_second_look_and_both_looks_count() -> None:
    near, far = (100.0, 80.0, 160.0, 100.0, 0.3), (20.0, 20.0, 60.0, 40.0, 0.4)
    same_as_near, new = (202.0, 162.0, 320.0, 200.0, 0.7), (400.0, 300.0, 480.0, 330.0, 0.2)
    detector, network = _two_looks([near, far], [same_as_near, new])

    (plates,) = detector.detect([noise(384, 640)])

    assert network.calls == [(320, 1), (640, 1)]
    assert [plate.score for plate in plates] == [0.7, 0.4, 0.2]
    assert plates[0].box == Box(202, 162, 320, 200)
    assert plates[1].box == Box(40, 40, 120, 80)


def test_doubtful_pictures_of_a_batch_look_again_together() -> None:
    detector, network = _two_looks([], [])

    assert detector.detect([noise(384, 640), noise(384, 640), noise(256, 640)]) == [(), (), ()]

    assert sorted(network.calls) == [(320, 1), (320, 2), (640, 1), (640, 2)]


def test_where_two_looks_find_nothing_sure_the_third_sees_no_grain() -> None:
    detector = UltralyticsPlateDetector(
        PlateDetectorSettings(image_size=320, second_image_size=None, denoised_image_size=512)
    )
    seen: list[Picture] = []

    class _Watching(_Scripted):
        def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
            seen.extend(canvases)
            return super().boxes(canvases)

    found = (100.0, 100.0, 160.0, 120.0, 0.7)
    detector.looks.network = _Watching({320: [(10, 10, 20, 16, 0.2)], 512: [found]})
    picture = np.full((384, 512, 3), 100, np.uint8)
    picture[::7, ::5] = 255

    (plates,) = detector.detect([picture])

    assert [plate.score for plate in plates] == [0.7, 0.2]
    assert plates[0].box == Box(100, 100, 160, 120)
    assert seen[0].max() > 100
    assert seen[1].shape == (384, 512, 3)
    assert np.array_equal(seen[1], np.full((384, 512, 3), 100, np.uint8))
    assert picture.max() == 255


def test_a_sure_second_look_needs_no_third() -> None:
    detector = UltralyticsPlateDetector(
        PlateDetectorSettings(image_size=320, second_image_size=640, denoised_image_size=512)
    )
    detector.looks.network = network = _Scripted({320: [], 640: [(100, 80, 160, 100, 0.9)]})

    (plates,) = detector.detect([noise(384, 640)])

    assert network.calls == [(320, 1), (640, 1)]
    assert len(plates) == 1


def test_without_a_second_size_there_is_one_look() -> None:
    detector = UltralyticsPlateDetector(
        PlateDetectorSettings(image_size=320, second_image_size=None, denoised_image_size=None)
    )
    detector.looks.network = network = _Scripted({320: []})

    assert detector.detect([noise(384, 640)]) == [()]
    assert network.calls == [(320, 1)]


def test_where_corners_are_not_sure_the_box_is_cut_out_upright() -> None:
    detector, _ = _two_looks([(100, 80, 160, 100, 0.9)], [])
    picture = noise(384, 640)

    ((only,),) = detector.detect([picture])

    assert only.corners is None
    assert only.plain is None
    assert only.box == Box(200, 160, 320, 200)
    assert np.array_equal(only.crop, cut(picture, grow(only.box, 2.4, 2.4)))


def test_two_boxes_of_one_plate_become_one() -> None:
    scenery, box = scene()
    picture = np.ascontiguousarray(scenery[8:392])
    truth = Box(box.x1, box.y1 - 8, box.x2, box.y2 - 8)
    high, low = grow(truth, 18, 0), grow(truth, -18, 10)
    assert intersection_over_union(high, low) < 0.6
    rows: list[Row] = [
        (each.x1 / 2, each.y1 / 2, each.x2 / 2, each.y2 / 2, score)
        for each, score in ((high, 0.9), (low, 0.8))
    ]
    detector, _ = _two_looks(rows, [])

    ((only,),) = detector.detect([picture])

    assert only.score == 0.9
    assert intersection_over_union(only.box, truth) > 0.85


def test_the_crops_of_many_large_plates_fit_into_a_message() -> None:
    tiles = [
        (x * 80.0, y * 60.0, x * 80 + 70.0, y * 60 + 50.0, 0.9) for x in range(4) for y in range(4)
    ]
    detector, _ = _two_looks(tiles, [])

    (plates,) = detector.detect([noise(2400, 3200)])

    assert len(plates) == 16
    crops = [crop for each in plates for crop in (each.crop, each.plain) if crop is not None]
    assert sum(crop.nbytes for crop in crops) < 4 * 1024 * 1024
