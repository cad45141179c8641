import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.engines.plate_corners import CornerFinder
from pipelines.errors import ConfigurationError
from pipelines.geometry import bounding_box, grow, intersection_over_union
from pipelines.types import Box, Picture
from tests.unit.plate_scenes import noise, plate
from tests.unit.runtimes import EACH_RUNTIME


@pytest.fixture(scope="module", params=EACH_RUNTIME)
def finder(request: pytest.FixtureRequest) -> CornerFinder:
    return CornerFinder(runtime=request.param)


QUADS = {
    "level": [(200, 150), (420, 150), (420, 200), (200, 200)],
    "turned": [(210, 130), (420, 180), (408, 230), (198, 180)],
    "from the side": [(220, 120), (400, 160), (396, 218), (218, 172)],
    "square": [(220, 120), (360, 128), (356, 240), (216, 232)],
}


def _street(corners: list[tuple[int, int]], size: int = 1) -> Picture:
    """A drawn plate with these corners on the dark back of a vehicle."""
    picture = cv2.GaussianBlur(noise(400 * size, 640 * size), (5, 5), 0) // 2
    quad = np.array(corners, np.float32) * size
    wide = math.dist(corners[0], corners[1]) > 2 * math.dist(corners[0], corners[3])
    flat = plate(scale=3.0)
    if not wide:
        line = plate("735", scale=3.0)[:, :380]
        flat = np.vstack([line, plate("HBN", scale=3.0)[:, :380]])
    height, width = flat.shape[:2]
    own = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(own - 0.5, quad - 0.5)
    mask = cv2.warpPerspective(np.full(flat.shape, 255, np.uint8), matrix, picture.shape[1::-1])
    laid = cv2.warpPerspective(flat, matrix, picture.shape[1::-1], flags=cv2.INTER_AREA)
    return np.where(mask > 127, laid, picture)


@pytest.mark.parametrize("name", QUADS)
@pytest.mark.parametrize("off", [(0.0, 0.0), (0.08, -0.1), (-0.06, 0.12)])
def test_finds_the_corners_of_a_drawn_plate(
    finder: CornerFinder, name: str, off: tuple[float, float]
) -> None:
    truth = QUADS[name]
    around = bounding_box(truth)
    shifted = grow(around, off[0] * around.width, off[1] * around.height)

    (found,) = finder.find(_street(truth), [shifted])

    assert found is not None
    width = math.dist(truth[0], truth[1])
    assert max(map(math.dist, found, truth)) < 0.06 * width


def test_size_does_not_matter(finder: CornerFinder) -> None:
    truth = QUADS["turned"]
    large = [(x * 4, y * 4) for x, y in truth]

    (found,) = finder.find(_street(truth, 4), [bounding_box(large)])

    assert found is not None
    assert max(map(math.dist, found, large)) < 0.06 * math.dist(large[0], large[1])


def test_a_loose_box_becomes_tight(finder: CornerFinder) -> None:
    truth = bounding_box(QUADS["from the side"])
    loose = grow(truth, 0.15 * truth.width, 0.2 * truth.height)

    (found,) = finder.find(_street(QUADS["from the side"]), [loose])

    assert found is not None
    assert intersection_over_union(loose, truth) < 0.6
    assert intersection_over_union(bounding_box(found), truth) > 0.85


@pytest.mark.parametrize(
    "picture",
    [noise(300, 500), np.full((300, 500, 3), 128, np.uint8), np.zeros((300, 500, 3), np.uint8)],
    ids=["grain", "grey", "black"],
)
def test_where_no_plate_is_seen_nothing_is_sure(finder: CornerFinder, picture: Picture) -> None:
    assert finder.find(picture, [Box(150, 100, 320, 150)]) == [None]


def test_several_boxes_are_answered_in_order(finder: CornerFinder) -> None:
    picture = _street(QUADS["turned"])
    plate_box, empty = bounding_box(QUADS["turned"]), Box(20, 20, 120, 50)

    found = finder.find(picture, [empty, plate_box, empty])

    assert [each is not None for each in found] == [False, True, False]
    (alone,) = finder.find(picture, [plate_box])
    assert np.array(found[1]) == pytest.approx(np.array(alone), abs=1e-2)


def test_nothing_in_nothing_out(finder: CornerFinder) -> None:
    assert finder.find(noise(10, 10), []) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
def test_boxes_of_odd_sizes_are_answered(finder: CornerFinder, size: tuple[int, int]) -> None:
    assert len(finder.find(noise(*size), [Box(0, 0, size[1], size[0])])) == 1


def test_a_file_that_holds_no_weights_is_a_configuration_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"nothing of the kind")

    with pytest.raises(
        ConfigurationError, match=r"^corner finder weights .*broken.onnx do not load"
    ):
        CornerFinder(str(path))
