"""Writing a registration to crop store and gallery: whole and once, or without a trace."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Literal, Protocol, TypeVar
from uuid import uuid4

from pipelines.errors import DriverNotFound, Unavailable
from pipelines.gallery.records import EnrolledFace
from pipelines.imaging import encode_jpeg
from pipelines.types import Face, GallerySearch, Vector

logger = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_ATTEMPTS = 12  # seven minutes


class DriverGallery(Protocol):
    """The gallery, wherever it runs."""

    async def search(self, vector: Vector, model_id: str) -> GallerySearch: ...

    async def register(
        self, driver_id: int | None, faces: tuple[EnrolledFace, ...], token: str
    ) -> int: ...

    async def withdraw(self, token: str) -> int | None: ...


class CropStore(Protocol):
    """Keeps crops under relative paths; raises Unavailable."""

    def new_path(self, kind: Literal["license_plates", "faces"]) -> str: ...

    async def write(self, path: str, jpeg: bytes) -> None: ...

    async def save(self, kind: Literal["license_plates", "faces"], jpeg: bytes) -> str: ...

    async def remove(self, path: str) -> None: ...


class Enrolment:
    """Saves the crops of faces, then enrols the faces.

    Crops are written first, so that no row ever names a crop that was never there. When the
    gallery's answer is lost, by a timeout or because the caller went away, the faces may have been
    enrolled all the same: the gallery is then asked, in the background, and the crops are removed
    only once it has promised that this registration will never be committed.

    Args:
        gallery: The driver gallery.
        crops: Where display crops go.
        first_pause_s: Before the gallery is asked again what became of a registration; doubles.
    """

    def __init__(
        self, gallery: DriverGallery, crops: CropStore, first_pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self._gallery = gallery
        self._crops = crops
        self._first_pause_s = first_pause_s
        self._background: set[asyncio.Task[None]] = set()

    async def enrol(self, driver_id: int | None, faces: Sequence[Face]) -> int:
        """Enrol faces for a new driver (None) or a known one, and return the driver's id.

        Raises:
            DriverNotFound: There is no such driver.
            Unavailable: The gallery or the crop store cannot be reached.
        """
        token = uuid4().hex
        paths = [self._crops.new_path("faces") for _ in faces]
        writes = [
            asyncio.create_task(self._write(face, path))
            for face, path in zip(faces, paths, strict=True)
        ]
        discard = partial(self._discard, paths, writes)
        undo: Callable[[], Coroutine[Any, Any, None]] | None = discard
        try:
            # A write that has begun goes on in its thread even when its caller is cancelled.
            enrolled = await all_of(map(asyncio.shield, writes))
            undo = partial(self._settle, token, paths)
            registered = await self._gallery.register(driver_id, tuple(enrolled), token)
            undo = None
        except DriverNotFound:
            undo = discard  # the gallery has answered
            raise
        finally:
            if undo is not None:
                undoing = self._begin(undo())
                if undo is discard:
                    await asyncio.shield(undoing)
        return registered

    async def settled(self) -> None:
        """Wait until the crops of every registration that failed so far are seen to."""
        await asyncio.gather(*self._background)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _write(self, face: Face, path: str) -> EnrolledFace:
        jpeg = await asyncio.to_thread(encode_jpeg, face.crop)
        await self._crops.write(path, jpeg)
        return await asyncio.to_thread(EnrolledFace.of, face, path)

    async def _settle(self, token: str, paths: Sequence[str]) -> None:
        pause_s = self._first_pause_s
        for _ in range(_ATTEMPTS):
            try:
                driver_id = await self._gallery.withdraw(token)
            except Unavailable:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                continue
            if driver_id is None:
                await self._remove(paths)
            else:
                logger.warning("driver %d was enrolled, but the caller was not told", driver_id)
            return
        logger.warning(
            "whether a registration was committed is not known; its crops are kept: %s",
            ", ".join(paths),
        )

    async def _discard(
        self, paths: Sequence[str], writes: Sequence[asyncio.Task[EnrolledFace]]
    ) -> None:
        await asyncio.gather(*writes, return_exceptions=True)
        await self._remove(paths)

    async def _remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            try:
                await self._crops.remove(path)
            except Unavailable:
                # The failure that led here is the one to tell the caller.
                logger.warning("crop %s of a failed registration could not be removed", path)


async def all_of(work: Iterable[Awaitable[T]]) -> list[T]:
    """Await everything to its end, then raise the first failure in order, if any."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    results: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results
