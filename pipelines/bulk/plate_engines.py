"""The plate engines of one process, for many pictures: what the deployments do, without any."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, TypeVar

from configs.settings import Settings
from pipelines.bulk.work import FAILED
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.errors import ConfigurationError, GatehouseError, Unavailable, UpstreamFailure
from pipelines.imaging import decode
from pipelines.outcomes import open_and_run
from pipelines.plates import PlatePipeline
from pipelines.types import Box, Picture, Plate, PlateDetection, PlateReading

T = TypeVar("T")
Plates = tuple[Plate, ...]
Detections = tuple[PlateDetection, ...]

_OF_THE_PLACE: Final = (Unavailable, UpstreamFailure, ConfigurationError, OSError, MemoryError)


class PlateEngines:
    """Detector and reader; they compute in threads, one at a time. Use it from one event loop.

    Args:
        settings: The settings tree.

    Raises:
        ConfigurationError: A model cannot be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self._max_pixels = settings.limits.max_pixels
        self._decoded_size = settings.plate_detector.decoded_size
        self._detector = build_plate_detector(settings.plate_detector)
        self._reader = build_plate_reader(settings.plate_reader)
        self._found: dict[bytes, Detections | BaseException] = {}
        self._whole = PlatePipeline(self._detect, self._read, settings)
        self._crops = PlatePipeline(self._taken_whole, self._read, settings)

    async def pictures(self, pictures: Sequence[bytes]) -> list[Plates | BaseException]:
        """Find and read the plates of encoded pictures; plates or an error each, in order.

        The pictures are searched as one batch. What fails as a batch is done again one by one, so
        that a failure stays with the picture that causes it.
        """
        self._found = dict(zip(pictures, await self._search(pictures), strict=True))
        return [await outcome_of(self._whole.read_picture(picture)) for picture in pictures]

    async def crop(self, jpeg: bytes) -> Plates | BaseException:
        """Read a plate that was cut out before, without looking for it."""
        return await outcome_of(self._crops.read_picture(jpeg))

    async def _search(self, pictures: Sequence[bytes]) -> list[Detections | BaseException]:
        def work() -> list[Detections | GatehouseError]:
            detect = self._detector.detect_scalable
            return open_and_run(pictures, self._max_pixels, self._decoded_size, detect)

        if len(pictures) == 1:
            whole = await outcome_of(asyncio.to_thread(work))
            return [whole] if isinstance(whole, BaseException) else [*whole]
        (tried,) = await asyncio.gather(asyncio.to_thread(work), return_exceptions=True)
        if not isinstance(tried, BaseException):
            return [*tried]
        return [found for picture in pictures for found in await self._search([picture])]

    async def _detect(self, picture: bytes) -> Detections:
        found = self._found[picture]
        if isinstance(found, BaseException):
            raise found
        return found

    async def _taken_whole(self, jpeg: bytes) -> Detections:
        crop = decode(jpeg, max_pixels=self._max_pixels)
        height, width = crop.shape[:2]
        return (PlateDetection(Box(0.0, 0.0, width, height), 1.0, crop),)

    async def _read(self, crops: Sequence[Picture]) -> Sequence[PlateReading]:
        return await asyncio.to_thread(self._reader.read, crops)


async def outcome_of(work: Awaitable[T]) -> T | BaseException:
    """What work gives, or the error that it raises where the file is at fault.

    Raises:
        Unavailable, UpstreamFailure, ConfigurationError, OSError, MemoryError: Another time or
            another machine may do.
    """
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    if isinstance(outcome, BaseException) and (
        isinstance(outcome, _OF_THE_PLACE) or not isinstance(outcome, Exception)
    ):
        raise outcome
    return outcome


def require_some_done(rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rows that all have a failure without a name: the engines are broken, no file is.

    Raises:
        Unavailable: They have; one row by itself is believed.
    """
    if len(rows) > 1 and all(row.get("error_code") == GatehouseError.code for row in rows):
        raise Unavailable(f"the engines failed {len(rows)} times, last {rows[-1]['error_message']}")


def told(error: BaseException) -> dict[str, str]:
    """The columns that tell of a failure: the code of the error tree, and a sentence."""
    if isinstance(error, GatehouseError):
        return {"outcome": FAILED, "error_code": error.code, "error_message": error.message}
    message = f"{type(error).__name__}: {error}"
    return {"outcome": FAILED, "error_code": GatehouseError.code, "error_message": message}
