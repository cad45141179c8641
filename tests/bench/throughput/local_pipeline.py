"""The project's pipelines without any serving: the engines called in this process."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from configs.settings import Settings
from deployments.model_replica import settle
from pipelines.drivers.recognition import DriverRecognition
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.engines.scaled_faces import FIRST_SIDE_PX, encode_scalable
from pipelines.errors import NoPlateFound, PlateUnreadable
from pipelines.gallery.gallery import Gallery
from pipelines.outcomes import open_and_run
from pipelines.plates import PlatePipeline
from pipelines.types import Face, GallerySearch, Picture, PlateDetection, PlateReading, Vector

T = TypeVar("T")


class Runner(Protocol):
    """Runs a call that computes, somewhere."""

    def __call__(self, work: Callable[..., T], /, *args: Any) -> Awaitable[T]: ...


async def here(work: Callable[..., T], /, *args: Any) -> T:
    """Runs a call at once, in this thread."""
    return work(*args)


class LocalPipeline:
    """Plates and drivers of encoded pictures, by the same functions that the deployments call.

    Args:
        settings: The settings tree; its gallery must be there.
        run: Where engines and index compute.
    """

    def __init__(self, settings: Settings, run: Runner = here) -> None:
        self._run = run
        self._limits = settings.limits
        self._detector = build_plate_detector(settings.plate_detector)
        self._decoded_size = settings.plate_detector.decoded_size
        self._reader = build_plate_reader(settings.plate_reader)
        self._encoder = build_face_encoder(settings.face_encoder)
        self._plates = PlatePipeline(self._detect, self._read, settings)
        gallery = Gallery.open(settings.gallery, self._encoder.model_id, self._encoder.dimension)
        local: Any = _LocalGallery(gallery, run)
        self._drivers = DriverRecognition(self._encode, local, settings.gallery)

    async def plate(self, picture: bytes) -> str:
        """The text of the nearest vehicle's plate; empty where none is read."""
        try:
            return (await self._plates.best_plate(picture)).text.text
        except (NoPlateFound, PlateUnreadable):
            return ""

    async def driver(self, picture: bytes) -> int | None:
        """Whose the largest face is; None for a stranger, or where there is no face."""
        found = await self._drivers.identify(picture, most=1)
        return found[0].driver.driver_id if found and found[0].driver else None

    async def _detect(self, picture: bytes) -> Sequence[PlateDetection]:
        detect = self._detector.detect_scalable
        work = (open_and_run, [picture], self._limits.max_pixels, self._decoded_size, detect)
        return settle((await self._run(*work))[0])

    async def _read(self, crops: Sequence[Picture]) -> Sequence[PlateReading]:
        return await self._run(self._reader.read, crops)

    async def _encode(self, picture: bytes, /) -> tuple[Face, ...]:
        encode = partial(encode_scalable, self._encoder)
        work = (open_and_run, [picture], self._limits.max_pixels, FIRST_SIDE_PX, encode)
        return settle((await self._run(*work))[0])


class _LocalGallery:
    """The gallery as ``DriverRecognition`` uses it."""

    def __init__(self, gallery: Gallery, run: Runner) -> None:
        self._gallery = gallery
        self._run = run
        self.directory = self

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        self._gallery.require_model(model_id)
        return (await self._run(self._gallery.search, vector[np.newaxis]))[0]

    async def get(self, driver_id: int) -> Any:
        return await self._run(self._gallery.store.directory.get, driver_id)
