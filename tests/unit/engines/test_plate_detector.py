import math
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from configs.settings import ROOT, PlateDetectorSettings
from pipelines.engines.plate_corners import CornerFinder
from pipelines.engines.plate_detector import (
    WHOLE_PICTURE_SCORE,
    UltralyticsPlateDetector,
    build_plate_detector,
    looks_like_a_plate,
)
from pipelines.errors import ConfigurationError
from pipelines.geometry import bounding_box, intersection_over_union
from pipelines.imaging import decode, encode_jpeg
from pipelines.training.plate_data import parse_label
from pipelines.types import Box, Picture
from tests.unit.plate_scenes import noise, plate, real_detector, scene
from tests.unit.runtimes import EACH_RUNTIME


def _photos(data: Path, source: str, count: int) -> list[tuple[Picture, list[Box]]]:
    folder = data / "data" / "plates" / "detect"
    photos = []
    for path in sorted((folder / "images").glob(f"{source}__*"))[:count]:
        picture = decode(path.read_bytes(), max_pixels=50_000_000)
        height, width = picture.shape[:2]
        label = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="utf-8")
        scale = np.array([width, height, width, height])
        photos.append((picture, [Box(*(row * scale).tolist()) for row in parse_label(label)]))
    return photos


def test_finds_most_plates_of_photos(gatehouse_data: Path) -> None:
    photos = [
        photo
        for source in ("spain_vcp4", "nset_in_eu", "kaggle433", "us_florida")
        for photo in _photos(gatehouse_data, source, 8)
    ]
    detector = build_plate_detector(PlateDetectorSettings())

    answers = detector.detect([picture for picture, _ in photos])

    wanted = hits = 0
    for (_, boxes), found in zip(photos, answers, strict=True):
        for truth in boxes:
            if truth.width < 24:  # some labels are slivers
                continue
            wanted += 1
            hits += any(intersection_over_union(truth, each.box) > 0.5 for each in found)
    assert hits >= 0.7 * wanted


def test_a_turned_plate_is_cut_out_straight() -> None:
    picture, box = scene(10.0)

    ((best, *_),) = real_detector().detect([picture])

    assert intersection_over_union(best.box, box) > 0.8
    assert best.corners is not None
    assert _slope(best.corners) == pytest.approx(10, abs=1.5)
    width, height = best.crop.shape[1], best.crop.shape[0]
    assert width / height == pytest.approx(220 / 48, rel=0.2)
    again = CornerFinder().find(best.crop, [Box(0, 0, width, height)])[0]
    assert again is not None
    assert abs(_slope(again)) <= 2


def _slope(corners: Sequence[tuple[float, float]]) -> float:
    (x1, y1), (x2, y2) = corners[:2]
    return math.degrees(math.atan2(y2 - y1, x2 - x1))


def test_the_box_is_the_bounding_box_of_the_corners() -> None:
    ((best, *_),) = real_detector().detect([scene(10.0)[0]])

    assert best.corners is not None
    assert best.box == bounding_box(best.corners)


def test_the_plain_crop_goes_along_only_where_it_differs() -> None:
    ((turned, *_), (level, *_)) = real_detector().detect([scene(12.0)[0], scene(0.0)[0]])

    assert turned.plain is not None
    assert turned.plain.shape[0] > 1.3 * turned.crop.shape[0]
    assert level.plain is None


def _cropped_before(height: int = 56, width: int = 260) -> Picture:
    """What old clients send: a grey JPEG of the plate alone."""
    grey = cv2.cvtColor(cv2.resize(plate(), (width, height)), cv2.COLOR_BGR2GRAY)
    return decode(encode_jpeg(np.repeat(grey[..., None], 3, axis=2)), max_pixels=10**6)


def test_a_picture_cropped_to_its_plate_is_that_plate() -> None:
    ((best, *_),) = real_detector().detect([_cropped_before()])

    assert best.box.area > 0.5 * 260 * 56
    assert best.crop.shape[1] > 2 * best.crop.shape[0]


def test_a_plate_like_picture_without_a_detection_is_a_plate_as_a_whole() -> None:
    grain = cv2.resize(noise(14, 65), (260, 56), interpolation=cv2.INTER_NEAREST)

    ((only,),) = real_detector().detect([grain])

    assert only.box == Box(0, 0, 260, 56)
    assert only.score == WHOLE_PICTURE_SCORE == 0.5
    assert only.crop.shape == (56, 260, 3)
    assert only.corners is None


def test_a_higher_least_score_refuses_the_whole_picture_too() -> None:
    strict = UltralyticsPlateDetector(PlateDetectorSettings(min_score=0.99))
    assert strict.detect([_cropped_before()]) == [()]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (_cropped_before(), True),
        (_cropped_before(20, 90), True),
        (_cropped_before(200, 400), True),
        (_cropped_before(8, 40), False),
        (_cropped_before(240, 960), False),
        (_cropped_before(100, 150), False),
        (_cropped_before(20, 180), False),
        (np.full((56, 260, 3), 90, np.uint8), False),
        (np.zeros((1, 1, 3), np.uint8), False),
    ],
    ids=["old", "small", "large", "tiny", "photo", "square", "strip", "blank", "pixel"],
)
def test_plate_like_pictures_are_known_by_shape_and_contrast(
    picture: Picture, expected: bool
) -> None:
    assert looks_like_a_plate(picture) is expected


def test_the_model_id_names_the_weights_and_their_digest() -> None:
    assert re.fullmatch(r"plate_detector-[0-9a-f]{8}", real_detector().model_id)


def test_the_starting_weights_in_pytorch_find_the_drawn_plate(gatehouse_data: Path) -> None:
    path = gatehouse_data / "weights" / "plate_detector_starter.pt"
    detector = UltralyticsPlateDetector(PlateDetectorSettings(weights=str(path), min_score=0.1))
    picture, box = scene()

    ((best, *_),) = detector.detect([picture])

    assert intersection_over_union(best.box, box) > 0.7


@pytest.fixture
def untrained(tmp_path: Path) -> Any:
    """Saves one-to-many weights, which need NMS, as any YOLOv8 has them."""
    real_detector()  # imports ultralytics the quiet way
    import torch  # noqa: PLC0415 - as late as the engine does
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415

    def save(names: dict[int, str]) -> str:
        torch.manual_seed(0)
        model = DetectionModel("yolov8n.yaml", nc=len(names), verbose=False)
        model.names = names
        path = tmp_path / "untrained.pt"
        torch.save({"model": model, "train_args": {}}, path)
        return str(path)

    return save


def test_weights_that_need_nms_run_without_torchvision(
    untrained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    path = untrained({0: "car", 1: "Licence plate"})
    detector = UltralyticsPlateDetector(
        PlateDetectorSettings(weights=path, image_size=160, min_score=0.0)
    )

    (plates,) = detector.detect([noise(300, 300)])

    assert len(plates) <= 16
    assert "torchvision" not in sys.modules


def test_weights_of_several_classes_need_one_named_like_a_plate(untrained: Any) -> None:
    message = (
        "^the plate detector's weights have several classes and none is named like a plate: "
        "car, bus$"
    )
    with pytest.raises(ConfigurationError, match=message):
        UltralyticsPlateDetector(
            PlateDetectorSettings(weights=untrained({0: "car", 1: "bus"}), image_size=160)
        )


@pytest.mark.parametrize("suffix", [".pt", ".onnx"])
def test_a_file_that_holds_no_weights_is_a_configuration_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"nothing of the kind")

    with pytest.raises(ConfigurationError, match=r"broken.* do not run on device 'cpu'"):
        UltralyticsPlateDetector(PlateDetectorSettings(weights=str(path)))


def test_an_unknown_device_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"run on device 'tpu:97'"):
        UltralyticsPlateDetector(PlateDetectorSettings(device="tpu:97"))


def test_a_gpu_needs_another_package() -> None:
    message = r"^device 'cuda:97' needs the package onnxruntime-gpu in place of onnxruntime$"
    with pytest.raises(ConfigurationError, match=message):
        UltralyticsPlateDetector(PlateDetectorSettings(device="cuda:97"))


_QUIET = """
import os, sys
runtime = sys.argv[1]
events = []
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        events.append((event, args))
    if event in ("subprocess.Popen", "os.system"):
        events.append((event, args))
    if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
        events.append((event, args[0]))
sys.addaudithook(watch)
import numpy as np
from configs.settings import PlateDetectorSettings, ROOT
from pipelines.engines.plate_detector import build_plate_detector
assert "ultralytics" not in sys.modules
before = dict(os.environ)
detector = build_plate_detector(PlateDetectorSettings(image_size=160, runtime=runtime))
detector.detect([np.zeros((90, 160, 3), np.uint8)])
inside = (str(ROOT / "var"), "/dev/", "/proc/", "/sys/")
events = [e for e in events if e[0] != "open" or not e[1].startswith(inside)]
kept = all(os.environ.get(name) == before.get(name) for name in os.environ
           if name.startswith(("YOLO", "OMP")))
print(events, kept, "torch" in sys.modules or "ultralytics" in sys.modules)
print(detector.looks.network.network.threads)
"""


@pytest.mark.parametrize("runtime", ["auto", *EACH_RUNTIME])
def test_starting_is_quiet_and_honours_the_thread_count(tmp_path: Path, runtime: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _QUIET, runtime],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "OMP_NUM_THREADS": "1",
             "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )  # fmt: skip

    assert done.stdout.splitlines() == ["[] True False", "1"]
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
