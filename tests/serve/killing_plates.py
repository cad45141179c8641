"""``read-plates`` with engines that end their process at one picture, and a source that waits."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

from pipelines.bulk.plate_files import PlateFiles, ReadPlates
from pipelines.scalable_picture import ScalablePicture

KILLING_WIDTH: Final = 333

HELD: Final = "GATEHOUSE_TEST_HELD"
"""The variable that names the picture which never comes."""


class KillingPlates(ReadPlates):
    """The job with these engines."""

    def worker(self) -> PlateFiles:
        worker: Any = super().worker()
        engines = worker._engines
        engines._detector = KillingDetector(engines._detector)
        worker._load = HeldFiles(worker._load)
        return cast(PlateFiles, worker)


class HeldFiles:
    """Reads files, but never the one that HELD names: until that the job goes, and no further."""

    def __init__(self, load: Callable[[str], Awaitable[bytes]]) -> None:
        self._load = load

    async def __call__(self, path: str) -> bytes:
        if path == os.environ.get(HELD):
            await asyncio.Event().wait()
        return await self._load(path)


class KillingDetector:
    """Ends its process at a picture of a certain width, as a library that crashes does."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def detect_scalable(self, pictures: Sequence[ScalablePicture]) -> Any:
        if any(picture.width == KILLING_WIDTH for picture in pictures):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._detector.detect_scalable(pictures)
