import cv2
import numpy as np
import pytest

from configs.settings import PlateDetectorSettings
from pipelines.engines import weights
from pipelines.engines.detection_networks import (
    OnnxNetwork,
    UltralyticsNetwork,
    load_network,
    padded,
    plate_classes,
)
from pipelines.engines.letterbox import letterbox
from pipelines.errors import ConfigurationError
from tests.unit.plate_scenes import noise, scene
from tests.unit.runtimes import EACH_RUNTIME, NEEDS_OPENVINO, RUNTIMES

LOW = PlateDetectorSettings(min_score=0.02)


@pytest.fixture(params=EACH_RUNTIME)
def settings(request: pytest.FixtureRequest) -> PlateDetectorSettings:
    return LOW.model_copy(update={"runtime": request.param})


def test_end_to_end_weights_answer_the_same_with_and_without_ultralytics() -> None:
    path = weights.resolve("plate_detector")
    exact = LOW.model_copy(update={"runtime": "onnxruntime"})
    alone, through_ultralytics = load_network(path, exact), UltralyticsNetwork(path, LOW)
    assert isinstance(alone, OnnxNetwork)
    pictures = [scene()[0], scene(10.0)[0], noise(400, 640), cv2.flip(scene()[0], 0)]
    canvases = [letterbox(picture, 416).canvas for picture in pictures]

    ours, theirs = alone.boxes(canvases), through_ultralytics.boxes(canvases)

    assert [len(rows) for rows in ours] == [len(rows) for rows in theirs]
    assert ours[0]
    for mine, others in zip(ours, theirs, strict=True):
        assert np.array(mine) == pytest.approx(np.array(others), abs=1e-3)


@NEEDS_OPENVINO
def test_plates_are_found_alike_on_both_runtimes() -> None:
    path = weights.resolve("plate_detector")
    one, other = (
        load_network(path, LOW.model_copy(update={"runtime": runtime})) for runtime in RUNTIMES
    )
    for picture in (scene()[0], scene(10.0)[0], scene()[0][60:, :]):
        canvas = letterbox(picture, 416).canvas
        best, others = one.boxes([canvas])[0][0], other.boxes([canvas])[0][0]
        assert best[:4] == pytest.approx(others[:4], abs=1.0)
        assert best[4] == pytest.approx(others[4], abs=0.1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((256, 416), (256, 416)),
        ((320, 416), (320, 416)),
        ((416, 416), (416, 416)),
        ((96, 416), (256, 416)),
        ((288, 416), (320, 416)),
        ((416, 352), (416, 416)),
        ((640, 384), (640, 384)),
        ((640, 416), (640, 480)),
        ((96, 160), (96, 160)),
    ],
)
def test_padding_leaves_few_sizes_and_the_picture_where_it_was(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    canvas = noise(*size)
    wide = padded(canvas)
    assert wide.shape == (*expected, 3)
    np.testing.assert_array_equal(wide[: size[0], : size[1]], canvas)
    assert np.all(wide[size[0] :] == 114)
    assert np.all(wide[:, size[1] :] == 114)


def test_boxes_end_at_the_canvas(settings: PlateDetectorSettings) -> None:
    picture, box = scene()
    corner = np.ascontiguousarray(picture[int(box.y1) + 4 :, int(box.x1) + 10 :])
    canvas = letterbox(corner, 416).canvas

    (rows,) = load_network(weights.resolve("plate_detector"), settings).boxes([canvas])

    assert rows
    height, width = canvas.shape[:2]
    for x1, y1, x2, y2, score in rows:
        assert 0 <= x1 <= x2 <= width
        assert 0 <= y1 <= y2 <= height
        assert 0.02 < score <= 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({0: "anything"}, None),
        ({0: "car", 1: "Licence plate"}, [1]),
        ({0: "plate_front", 1: "bus", 2: "plate_rear"}, [0, 2]),
    ],
)
def test_classes_named_like_a_plate_count(
    names: dict[int, str], expected: list[int] | None
) -> None:
    assert plate_classes(names) == expected


def test_several_classes_without_a_plate_are_refused() -> None:
    message = (
        "^the plate detector's weights have several classes and none is named like a plate: "
        "car, bus$"
    )
    with pytest.raises(ConfigurationError, match=message):
        plate_classes({0: "car", 1: "bus"})
