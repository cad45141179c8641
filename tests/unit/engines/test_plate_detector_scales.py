"""Which scales of a large picture the detector looks at, and in which pixels it answers."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from configs.settings import PlateDetectorSettings
from pipelines.engines.detection_networks import Row
from pipelines.engines.plate_detector import UltralyticsPlateDetector
from pipelines.geometry import intersection_over_union
from pipelines.imaging import encode_jpeg, open_picture
from pipelines.scalable_picture import ScalablePicture
from pipelines.training.plate_data import parse_label
from pipelines.types import Box, Picture
from tests.bench.large_scenes import pasted
from tests.unit.plate_scenes import noise, real_detector, scene

_LIMIT = 20_000_000


class _Red:
    """A network that finds red rectangles, surely or as a hint where they are so high."""

    def __init__(self, least_height: int, hint_height: int) -> None:
        self._least = least_height
        self._hint = hint_height
        self.hint_score = 0.05
        self.canvases: list[tuple[int, int]] = []

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
        self.canvases += [canvas.shape[1::-1] for canvas in canvases]
        return [self._boxes(canvas) for canvas in canvases]

    def _boxes(self, canvas: Picture) -> list[Row]:
        red = (canvas[..., 2].astype(int) - canvas[..., 1] > 60).astype(np.uint8)
        contours, _ = cv2.findContours(red, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found: list[Row] = []
        for x, y, width, height in map(cv2.boundingRect, contours):
            if height >= self._hint:
                score = 0.9 if height >= self._least else self.hint_score
                found.append((x, y, x + width, y + height, score))
        return found


def _detector(
    least_height: int, hint_height: int = 100, **settings: Any
) -> tuple[UltralyticsPlateDetector, _Red]:
    detector = UltralyticsPlateDetector(PlateDetectorSettings.model_validate(settings))
    network = _Red(least_height, min(hint_height, least_height))
    detector.looks.network = network
    return detector, network


def _with_plate(box: Box, width: int = 4000, height: int = 3000) -> Picture:
    picture = np.full((height, width, 3), 90, np.uint8)
    cv2.rectangle(
        picture,
        (int(box.x1), int(box.y1)),
        (int(box.x2) - 1, int(box.y2) - 1),
        (0, 0, 255),
        cv2.FILLED,
    )
    return picture


def _opened(picture: Picture) -> ScalablePicture:
    return open_picture(encode_jpeg(picture), max_pixels=_LIMIT, longer_side=1000)


def test_a_wide_plate_is_cut_from_the_first_decoding() -> None:
    detector, network = _detector(8)
    box = Box(1200, 800, 2000, 1000)
    picture = _opened(_with_plate(box))

    ((only,),) = detector.detect_scalable([picture])

    assert picture.finest.factor == 4
    assert network.canvases == [(416, 320)]
    assert astuple(only.box) == pytest.approx(astuple(box), abs=12)
    assert only.crop.shape[1] == pytest.approx(200 + 2 * 3, abs=5)


@pytest.mark.parametrize(("width", "factor"), [(520, 4), (400, 2), (200, 1)])
def test_a_narrow_plate_is_cut_from_a_finer_decoding(width: int, factor: int) -> None:
    detector, _ = _detector(4)
    picture = _opened(_with_plate(Box(1200, 800, 1200 + width, 900)))

    ((only,),) = detector.detect_scalable([picture])

    assert picture.finest.factor == factor
    assert only.crop.shape[1] >= 124


def test_a_doubtful_box_is_cut_from_a_finer_decoding_only_where_nothing_is_sure() -> None:
    detector, network = _detector(20, 4)
    network.hint_score = 0.2
    with_plate = _with_plate(Box(1200, 800, 2000, 1000))
    cv2.rectangle(with_plate, (300, 300), (459, 339), (0, 0, 255), cv2.FILLED)
    pictures = [_opened(with_plate), _opened(_with_plate(Box(300, 300, 460, 340)))]

    beside, alone = detector.detect_scalable(pictures)

    assert [round(one.score, 1) for one in (*beside, *alone)] == [0.9, 0.2, 0.2]
    assert [picture.finest.factor for picture in pictures] == [4, 1]


def test_a_look_that_is_larger_than_the_decoding_gets_a_finer_one() -> None:
    detector, network = _detector(8, image_size=1280, second_image_size=None)
    picture = _opened(_with_plate(Box(1200, 800, 2000, 1000)))

    detector.detect_scalable([picture])

    assert picture.finest.factor == 2
    assert network.canvases == [(1280, 960)]


_ON_A_BORDER = (Box(1440, 700, 1540, 725), Box(1300, 1145, 1400, 1170), Box(2700, 1150, 2800, 1175))


@pytest.mark.parametrize(
    "box", [Box(300, 200, 400, 225), Box(3890, 2970, 3990, 2995), *_ON_A_BORDER], ids=str
)
@pytest.mark.parametrize("opened", [_opened, ScalablePicture.of], ids=["jpeg", "array"])
def test_tiles_show_what_the_other_looks_missed(
    opened: Callable[[Picture], ScalablePicture], box: Box
) -> None:
    detector, network = _detector(9)

    ((only,),) = detector.detect_scalable([opened(_with_plate(box))])

    assert network.canvases[:3] == [(416, 320), (640, 480), (512, 384)]
    assert set(network.canvases[3:]) == {(608, 480)}
    assert len(network.canvases[3:]) in {3, 6, 9}
    assert astuple(only.box) == pytest.approx(astuple(box), abs=5)
    assert only.crop.shape[1] == pytest.approx(103, abs=6)
    assert only.in_tile


def test_a_hint_is_looked_at_first_and_something_sure_ends_the_search() -> None:
    detector, network = _detector(9, hint_height=4)
    last = Box(3800, 2900, 3900, 2925)

    (plates,) = detector.detect([_with_plate(last)])

    assert len(plates) == 1
    assert len(network.canvases) == 3 + 3


@pytest.mark.parametrize("max_tiles", [1, 4, 9])
def test_no_more_tiles_are_looked_at_than_allowed(max_tiles: int) -> None:
    detector, network = _detector(9, tiles={"max_tiles": max_tiles})

    assert detector.detect([np.full((3000, 4000, 3), 90, np.uint8)]) == [()]
    assert len(network.canvases) == 3 + max_tiles


def test_a_picture_with_a_sure_plate_gets_no_tiles() -> None:
    detector, network = _detector(4)

    (plates,) = detector.detect([_with_plate(Box(1200, 800, 1600, 900))])

    assert [one.in_tile for one in plates] == [False]
    assert network.canvases == [(416, 320)]


@pytest.mark.parametrize(
    ("settings", "size"), [({}, (2399, 1350)), ({"tiles": None}, (4000, 3000))]
)
def test_small_pictures_get_no_tiles_nor_any_where_the_settings_say_so(
    settings: dict[str, Any], size: tuple[int, int]
) -> None:
    detector, network = _detector(9, **settings)

    assert detector.detect([np.full((*size[::-1], 3), 90, np.uint8)]) == [()]
    assert [max(canvas) for canvas in network.canvases] == [416, 640, 512]


def test_a_decoding_in_part_answers_what_the_whole_picture_does() -> None:
    picture, box = scene(angle=6.0, scale=4.0)

    ((whole, *_),) = real_detector().detect([picture])
    ((part, *_),) = real_detector().detect_scalable([_opened(picture)])

    assert intersection_over_union(part.box, box) > 0.8
    assert intersection_over_union(part.box, whole.box) > 0.9
    assert part.corners is not None
    assert whole.corners is not None
    assert np.abs(np.subtract(part.corners, whole.corners)).max() < 0.05 * box.width


def test_small_plates_of_photos_in_a_large_picture_are_found(gatehouse_data: Path) -> None:
    order = np.random.default_rng(11)
    folder = gatehouse_data / "data" / "plates" / "detect"
    ground = cv2.GaussianBlur(noise(3000, 4000), (0, 0), 12)
    detector = real_detector()
    shown = hits = 0
    for path in sorted((folder / "images").glob("nset_in_eu__*"))[::18][:8]:
        photo = np.asarray(cv2.imread(str(path)), np.uint8)
        label = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="utf-8")
        height, width = photo.shape[:2]
        x1, y1, x2, y2 = (parse_label(label)[0] * (width, height, width, height)).tolist()
        made = pasted(photo, Box(x1, y1, x2, y2), 100.0, ground, order)

        (plates,) = detector.detect_scalable([_opened(made.picture)])

        shown += 1
        hits += any(intersection_over_union(each.box, made.plate) > 0.5 for each in plates)
        assert all(each.crop.shape[1] <= 480 for each in plates)
    assert shown == 8
    assert hits >= 6
