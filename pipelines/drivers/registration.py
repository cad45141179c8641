"""Writing a registration to crop store and gallery: whole and once, or without a trace."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from pipelines.drivers.face_encoding import all_of
from pipelines.drivers.gallery import NO_DETAILS, CropStore, DriverGallery
from pipelines.errors import Conflict, DriverNotFound, Unavailable
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.imaging import encode_jpeg
from pipelines.storage.crop_names import token_owner
from pipelines.types import Face

__all__ = ["DriverGallery", "Enrolment", "RequestKey"]

logger = logging.getLogger(__name__)

WITHDRAWN: Final = "the registration was withdrawn"
"""What the gallery says of a token that was withdrawn before."""

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_ATTEMPTS = 12  # seven minutes
_MOST_WITHDRAWALS: Final = 64  # of one key; each is an answer that was lost
_NOBODY: Final = 0  # an id that no driver has


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a repeated request the same one.

    Attributes:
        key: The caller's idempotency key.
        fingerprint: 64 hexadecimal digits, the digest of everything that was asked for.
    """

    key: str
    fingerprint: str

    def token(self, attempt: int) -> str:
        """Names one attempt for the gallery: one that was withdrawn can never be committed."""
        return sha256(f"{attempt}:{self.key}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try to commit a registration."""

    driver_id: int | None
    details: DriverDetails
    token: str
    fingerprint: str | None = None
    judged: Judged | None = None


class Enrolment:
    """Saves the crops of faces, then enrols the faces.

    Crops are written first, so that no row ever names a crop that was never there; until the rows
    are there, the registration's token owns them. When the gallery's answer is lost, by a timeout
    or because the caller went away, the faces may have been enrolled all the same: the gallery is
    then asked, in the background, and the crops are removed only once it has promised that this
    registration will never be committed.

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

    async def enrol(
        self,
        driver_id: int | None,
        faces: Sequence[Face],
        details: DriverDetails = NO_DETAILS,
        request: RequestKey | None = None,
        judged: Judged | None = None,
    ) -> int:
        """Enrol faces for a new driver (None) or a known one, and return the driver's id.

        Args:
            driver_id: The known driver, or None.
            faces: At least one.
            details: Of a new driver.
            request: The same one again enrols nothing and returns what the first did.
            judged: How the faces were judged; None takes them as they are.

        Raises:
            AlreadyEnrolled: What was judged has been overtaken by another registration.
            DriverNotFound: There is no such driver.
            ExternalIdTaken: Another driver has this external id.
            IdempotencyKeyReused: The key came with another request.
            Unavailable: The gallery or the crop store cannot be reached.
        """
        if request is None:
            return await self._try(_Attempt(driver_id, details, uuid4().hex, None, judged), faces)
        for number in range(_MOST_WITHDRAWALS):
            token = request.token(number)
            try:
                attempt = _Attempt(driver_id, details, token, request.fingerprint, judged)
                return await self._try(attempt, faces)
            except Unavailable as error:
                if error.message != WITHDRAWN:
                    raise
        raise Unavailable(WITHDRAWN)

    async def enrolled_by(self, request: RequestKey, face: Face) -> int | None:
        """The driver that a request enrolled before; None where it did not. Nothing is written.

        Args:
            request: The request.
            face: Any face of the running model.

        Raises:
            IdempotencyKeyReused: The key came with another request.
            Unavailable: The gallery cannot be reached.
        """
        # A registration for nobody: the gallery looks for the token first.
        bare = EnrolledFace(face.embedding, face.model_id, face.score, face.quality, "", None)
        for number in range(_MOST_WITHDRAWALS):
            token, fingerprint = request.token(number), request.fingerprint
            try:
                return await self._gallery.register(
                    _NOBODY, (bare,), token, NO_DETAILS, fingerprint
                )
            except DriverNotFound:
                return None
            except Unavailable as error:
                if error.message != WITHDRAWN:
                    raise
        raise Unavailable(WITHDRAWN)

    async def settled(self) -> None:
        """Wait until the crops of every registration so far are seen to."""
        await asyncio.gather(*self._background)

    async def _try(self, attempt: _Attempt, faces: Sequence[Face]) -> int:
        owner = token_owner(attempt.token)
        paths = [self._crops.new_path("faces") for _ in faces]
        writes = [
            asyncio.create_task(self._write(face, path, owner))
            for face, path in zip(faces, paths, strict=True)
        ]
        discard = partial(self._discard, attempt, paths, writes)
        undo: Callable[[], Coroutine[Any, Any, None]] | None = discard
        try:
            # A write that has begun goes on in its thread even when its caller is cancelled.
            enrolled = tuple(await all_of(map(asyncio.shield, writes)))
            undo = partial(self._settle, attempt, paths)
            driver_id = await self._gallery.register(
                attempt.driver_id,
                enrolled,
                attempt.token,
                attempt.details,
                attempt.fingerprint,
                attempt.judged,
            )
            undo = None
        except (Conflict, DriverNotFound):
            undo = discard  # the gallery has answered
            raise
        except Unavailable as error:
            undo = discard if error.message == WITHDRAWN else undo
            raise
        finally:
            if undo is not None:
                undoing = self._begin(undo())
                if undo is discard:
                    await asyncio.shield(undoing)
        self._begin(self._keep(driver_id, attempt, paths))
        return driver_id

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _write(self, face: Face, path: str, owner: str) -> EnrolledFace:
        if not path:
            return EnrolledFace.of(face, path, keep_picture=False)
        jpeg = await asyncio.to_thread(encode_jpeg, face.crop)
        await self._crops.write(path, jpeg, owner)
        return await asyncio.to_thread(EnrolledFace.of, face, path)

    async def _keep(self, driver_id: int, attempt: _Attempt, paths: Sequence[str]) -> None:
        """Leave the crops to the committed rows; what another try of the request wrote goes."""
        try:
            if attempt.fingerprint is not None:
                named = await self._named(driver_id)
                for path in set(paths) - named:
                    await self._crops.remove(path)
            await self._release(attempt, paths)
        except Unavailable as error:
            # The next sweep asks the gallery what became of the token.
            logger.warning("the crops of a registration are still marked as its own: %s", error)

    async def _named(self, driver_id: int) -> set[str]:
        try:
            return {face.crop_key for face in await self._gallery.directory.faces(driver_id)}
        except DriverNotFound:
            return set()  # erased since

    async def _settle(self, attempt: _Attempt, paths: Sequence[str]) -> None:
        pause_s = self._first_pause_s
        for _ in range(_ATTEMPTS):
            try:
                driver_id = await self._gallery.withdraw(attempt.token)
            except Unavailable:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                continue
            if driver_id is None:
                await self._remove(attempt, paths)
            else:
                logger.warning("driver %d was enrolled, but the caller was not told", driver_id)
                await self._keep(driver_id, attempt, paths)
            return
        logger.warning(
            "whether a registration was committed is not known; its crops are kept: %s",
            ", ".join(paths),
        )

    async def _discard(
        self,
        attempt: _Attempt,
        paths: Sequence[str],
        writes: Sequence[asyncio.Task[EnrolledFace]],
    ) -> None:
        await asyncio.gather(*writes, return_exceptions=True)
        await self._remove(attempt, paths)

    async def _remove(self, attempt: _Attempt, paths: Sequence[str]) -> None:
        try:
            for path in paths:
                await self._crops.remove(path)
            await self._release(attempt, paths)
        except Unavailable:
            # The failure that led here is the one to tell the caller.
            left = ", ".join(filter(None, paths))
            logger.warning("crops of a failed registration are left to the next sweep: %s", left)

    async def _release(self, attempt: _Attempt, paths: Sequence[str]) -> None:
        """Only these: another try of the same request may own others."""
        if any(paths):
            await self._crops.release(token_owner(attempt.token), paths)
