"""Opening a stream: OpenCV with its FFmpeg, which decodes files, RTSP and MJPEG over HTTP."""

import math
import os
import time
from typing import Any, Final, Protocol

import cv2

from configs.camera_settings import ReconnectSettings, is_stream
from pipelines.types import Picture

_QUIET: Final = "-8"
_SILENT: Final = 0
_MS: Final = 1000
_NO_VIDEO: Final = "the file is no video that can be played: see the camera's url"


class Capture(Protocol):
    """An open stream."""

    frames_per_second: float
    """What a file says of itself; 0 where nobody knows."""

    def grab(self) -> bool:
        """Waits for the next picture; False at the end, and where none comes in time."""
        ...

    def picture(self) -> Picture | None:
        """The picture that was grabbed last; None where it cannot be used."""
        ...

    def close(self) -> None: ...


class FfmpegCapture:
    """A stream that FFmpeg opens and decodes.

    Args:
        address: URL or absolute path. It comes from the operator's settings alone.
        settings: The time it may take. Pictures of a file may take as long as they like: nobody
            waits for what happens now, and a disk that was slow once has not ended.

    Raises:
        OSError: It cannot be opened; the error does not name it.
    """

    def __init__(self, address: str, settings: ReconnectSettings) -> None:
        # FFmpeg's own messages name addresses, which may hold a password.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)
        if "OPENCV_LOG_LEVEL" not in os.environ:
            cv2.setLogLevel(_SILENT)  # the camera's state says what OpenCV would, at each attempt
        live = is_stream(address)
        options = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(settings.open_timeout_s * _MS)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(settings.read_timeout_s * _MS) if live else 0),
            # Each further one would hold a picture back: those of a gate would be old.
            *(cv2.CAP_PROP_N_THREADS, 1),
        ]
        self._read_timeout_s = settings.read_timeout_s if live else math.inf
        self._capture: Any = cv2.VideoCapture(address, cv2.CAP_FFMPEG, options)
        if not self._capture.isOpened():
            self._capture.release()
            raise OSError("the stream cannot be opened" if live else _NO_VIDEO)
        self.frames_per_second = float(self._capture.get(cv2.CAP_PROP_FPS))

    def grab(self) -> bool:
        began_s = time.monotonic()
        grabbed = bool(self._capture.grab())
        # After the time is over the decoder still hands out what it held back.
        return grabbed and time.monotonic() - began_s < self._read_timeout_s

    def picture(self) -> Picture | None:
        usable, picture = self._capture.retrieve()
        return picture if usable and picture.ndim == 3 else None

    def close(self) -> None:
        self._capture.release()
