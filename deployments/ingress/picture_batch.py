"""Many pictures by id in one request: a deadline for all, and room for everybody else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from configs.settings import PictureSourceSettings
from deployments.ingress.middleware import request_id
from pipelines.errors import (
    GatehouseError,
    TooLarge,
    UnreadablePicture,
    UnsupportedPicture,
    UpstreamFailure,
)

_log = logging.getLogger(__name__)

# Of the picture source's slots; the rest stays free for single pictures.
_BATCHES_SHARE = 0.75

Fetch = Callable[[str], Awaitable[bytes]]
"""Picture id -> encoded picture."""

Read = Callable[[bytes], Awaitable[str]]
"""Encoded picture -> plate number."""


class PicturesById:
    """Reads the plates of pictures that are known by their ids.

    Args:
        fetch: The picture source.
        read: The plate pipeline.
        settings: Deadline of a batch, and fetches at once.
    """

    def __init__(self, fetch: Fetch, read: Read, settings: PictureSourceSettings) -> None:
        self._fetch = fetch
        self._read = read
        self._timeout_s = settings.batch_timeout_s
        self._at_once = settings.concurrency
        # All batches together: fetches under way, and pictures held in memory.
        self._fetches = asyncio.Semaphore(max(1, int(_BATCHES_SHARE * settings.concurrency)))
        self._held = asyncio.Semaphore(2 * settings.concurrency)

    async def plate_number(self, pict_id: str) -> str:
        """Reads one picture.

        Raises:
            InvalidRequest: The id is malformed.
            PictureNotFound: There is no such picture.
            UpstreamFailure: The source failed, was too slow or sent no usable picture.
            NoPlateFound, PlateUnreadable, Unavailable: As the plate pipeline raises them.
        """
        return await self._read_fetched(await self._fetched(pict_id))

    async def plate_numbers(self, pict_ids: Sequence[str]) -> list[str | GatehouseError]:
        """Reads many pictures: one outcome an id, in order.

        What is unfinished at the deadline, or fails without a name, is a GatehouseError too.
        """
        # One batch takes turns with the others, however long it is.
        turns = asyncio.Semaphore(self._at_once)
        tasks = [asyncio.create_task(self._item(pict_id, turns)) for pict_id in pict_ids]
        try:
            done, late = await asyncio.wait(tasks, timeout=self._timeout_s)
        finally:
            for task in tasks:
                task.cancel()
        if late:
            _log.error(
                "request %s: %d of %d pictures were not read in %g s",
                request_id.get(),
                len(late),
                len(tasks),
                self._timeout_s,
            )
        return [
            _outcome(pict_id, task) if task in done else GatehouseError("the batch took too long")
            for pict_id, task in zip(pict_ids, tasks, strict=True)
        ]

    async def _item(self, pict_id: str, turns: asyncio.Semaphore) -> str:
        async with turns, self._held:
            async with self._fetches:
                picture = await self._fetched(pict_id)
            return await self._read_fetched(picture)

    async def _fetched(self, pict_id: str) -> bytes:
        try:
            return await self._fetch(pict_id)
        except TooLarge as error:
            raise UpstreamFailure(f"the picture source sent no usable picture: {error}") from error

    async def _read_fetched(self, picture: bytes) -> str:
        try:
            return await self._read(picture)
        except (UnreadablePicture, UnsupportedPicture, TooLarge) as error:
            # Not the caller's doing: the request was a sound id.
            raise UpstreamFailure(f"the picture source sent no usable picture: {error}") from error


def _outcome(pict_id: str, task: "asyncio.Task[str]") -> str | GatehouseError:
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, GatehouseError):
        if error.status >= 500:
            _log.warning("request %s: picture %r: %s", request_id.get(), pict_id, error)
        return error
    _log.error("request %s: picture %r failed", request_id.get(), pict_id, exc_info=error)
    return GatehouseError("reading the picture failed")
