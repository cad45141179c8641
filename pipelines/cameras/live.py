"""A camera's newest picture, made small enough for people who look on."""

import asyncio
from typing import Final

from pipelines.cameras.frames import Frame, LivePicture
from pipelines.cropping import fit
from pipelines.imaging import encode_jpeg

_LONGER_SIDE: Final = 1280
"""Pixels; even one of noise is far below what fits between two replicas, 4 MiB."""

_QUALITY: Final = 80


class LivePictures:
    """Encodes each picture once, however many look on, and keeps the last JPEG alone."""

    def __init__(self) -> None:
        self._encoding = asyncio.Lock()
        self._last: tuple[float, LivePicture] | None = None

    async def of(self, frame: Frame | None) -> LivePicture | None:
        """The picture of a frame; None where there is none."""
        async with self._encoding:
            if frame is None:
                self._last = None
                return None
            if self._last is None or self._last[0] != frame.at_s:
                self._last = frame.at_s, await asyncio.to_thread(_encoded, frame)
            return self._last[1]

    def forget(self) -> None:
        """Keeps nothing; for a camera that has gone."""
        self._last = None


def _encoded(frame: Frame) -> LivePicture:
    small = fit(frame.picture, _LONGER_SIDE, _LONGER_SIDE)
    return LivePicture(encode_jpeg(small, _QUALITY), frame.at)
