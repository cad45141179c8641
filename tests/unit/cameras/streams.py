"""Streams that do what a test says."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from configs.camera_settings import CameraSettings
from pipelines.types import Picture

QUICK = {"first_pause_s": 0.01, "longest_pause_s": 0.02, "open_timeout_s": 2, "read_timeout_s": 2}


def camera(**changes: Any) -> CameraSettings:
    return CameraSettings.model_validate(
        {"id": "gate-1", "frames_per_second": 60, "reconnect": QUICK, **changes}
    )


def until(holds: Callable[[], bool]) -> None:
    """Waits, thirty seconds at most."""
    give_up = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.005)


class Scripted:
    """A stream with so many pictures that were there at once; then it has failed."""

    frames_per_second = 0.0

    def __init__(self, pictures: int) -> None:
        self._left = pictures
        self.closed = False

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def picture(self) -> Picture | None:
        return np.full((4, 4, 3), self._left, np.uint8)

    def close(self) -> None:
        self.closed = True
