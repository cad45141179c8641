"""The clock beside the decoder, which hands out pictures after the time is over."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from configs.camera_settings import ReconnectSettings
from pipelines.cameras import capture
from pipelines.cameras.capture import FfmpegCapture
from pipelines.types import Picture

STREAM, FILE = "rtsp://127.0.0.1/stream", "/clips/clip.avi"
PATIENCE = ReconnectSettings(open_timeout_s=4, read_timeout_s=2)


class Decoder:
    """OpenCV's, whose pictures take so many seconds each by a clock of their own."""

    def __init__(self, *takes_s: float) -> None:
        self._takes_s = list(takes_s)
        self.now_s = 0.0
        self.options: dict[int, int] = {}

    def monotonic(self) -> float:
        return self.now_s

    def open(self, _address: str, _backend: int, options: list[int]) -> "Decoder":
        self.options = dict(zip(options[::2], options[1::2], strict=True))
        return self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def get(self, _property: int) -> float:
        return 25.0

    def grab(self) -> bool:
        if not self._takes_s:
            return False
        self.now_s += self._takes_s.pop(0)
        return True

    def retrieve(self) -> tuple[bool, Picture]:
        return True, np.zeros((4, 4, 3), np.uint8)

    def release(self) -> None:
        """Holds nothing."""


def opened(address: str, decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> FfmpegCapture:
    monkeypatch.setattr(capture, "time", SimpleNamespace(monotonic=decoder.monotonic))
    monkeypatch.setattr(cv2, "VideoCapture", decoder.open)
    return FfmpegCapture(address, PATIENCE)


def test_a_picture_of_a_stream_that_comes_when_its_time_is_over_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder = Decoder(1.9, 2.0, 0.1)
    stream = opened(STREAM, decoder, monkeypatch)
    assert [stream.grab() for _ in range(4)] == [True, False, True, False]
    assert decoder.options[cv2.CAP_PROP_OPEN_TIMEOUT_MSEC] == 4000
    assert decoder.options[cv2.CAP_PROP_READ_TIMEOUT_MSEC] == 2000


def test_a_file_that_is_read_slowly_once_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Decoder(0.1, 90.0, 0.1)
    file = opened(FILE, decoder, monkeypatch)
    assert [file.grab() for _ in range(4)] == [True, True, True, False]
    assert decoder.options[cv2.CAP_PROP_READ_TIMEOUT_MSEC] == 0  # FFmpeg's own clock is off too
