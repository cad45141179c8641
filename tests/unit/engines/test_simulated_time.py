import time
from collections.abc import Callable

import numpy as np
import pytest

from configs.settings import FaceEncoderSettings, PlateDetectorSettings, PlateReaderSettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.fake_plate_reader import FakePlateReader

_PICTURES = [np.zeros((48, 64, 3), np.uint8)] * 2
_MS = 60.0


def _detect(ms: float) -> object:
    settings = PlateDetectorSettings(engine="fake", simulated_ms=ms)
    return FakePlateDetector(settings).detect(_PICTURES)


def _read(ms: float) -> object:
    settings = PlateReaderSettings(engine="fake", simulated_ms=ms)
    return FakePlateReader(settings).read(_PICTURES)


def _encode(ms: float) -> object:
    return FakeFaceEncoder(FaceEncoderSettings(engine="fake", simulated_ms=ms)).encode(_PICTURES)


@pytest.mark.parametrize("forward", [_detect, _read, _encode])
def test_a_batch_takes_the_simulated_time_without_computing(
    forward: Callable[[float], object],
) -> None:
    began, computed = time.perf_counter(), time.thread_time()
    answer = forward(_MS)
    assert time.perf_counter() - began >= _MS / 1000
    assert time.thread_time() - computed < _MS / 1000
    assert answer == forward(0.0)
