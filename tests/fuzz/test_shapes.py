"""Pictures of extreme shapes, through the engines that run by default."""

from functools import partial

import numpy as np
import pytest

from configs.settings import Settings
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.plate_detector import ScalingPlateDetector, build_plate_detector
from pipelines.engines.scaled_faces import FIRST_SIDE_PX, encode_scalable
from pipelines.imaging import encode_jpeg
from pipelines.outcomes import open_and_run
from pipelines.types import FaceEncoder, Picture

SETTINGS = Settings()
SHAPES = [
    (1, 1),
    (1, 7),
    (7, 1),
    (16, 16),
    (1, 65_500),
    (65_500, 1),
    (400, 60_000),
    (60_000, 400),
    (40, 40_000),
]


@pytest.fixture(scope="module")
def detector() -> ScalingPlateDetector:
    return build_plate_detector(SETTINGS.plate_detector)


@pytest.fixture(scope="module")
def encoder() -> FaceEncoder:
    return build_face_encoder(SETTINGS.face_encoder)


def _stripes(height: int, width: int) -> Picture:
    rows, columns = np.indices((height, width), sparse=True)
    grey = ((rows // 8 + columns // 8) % 2 * 200).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[1]}x{shape[0]}")
def test_plates_and_faces_are_sought_in_any_shape(
    detector: ScalingPlateDetector, encoder: FaceEncoder, shape: tuple[int, int]
) -> None:
    data = encode_jpeg(_stripes(*shape))
    max_pixels, size = SETTINGS.limits.max_pixels, SETTINGS.plate_detector.decoded_size
    plates = open_and_run([data], max_pixels, size, detector.detect_scalable)
    faces = open_and_run([data], max_pixels, FIRST_SIDE_PX, partial(encode_scalable, encoder))
    assert [type(outcome) for outcome in (*plates, *faces)] == [tuple, tuple]
