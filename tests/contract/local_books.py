"""The books of a real gallery, called in threads as in their deployment; they fail where asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deployments.timed import TimedStage
from pipelines.drivers.gallery import NO_DETAILS
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.types import GallerySearch, Vector


@dataclass
class Faults:
    """Failures that the stages raise when a test asks for them."""

    detect: Exception | None = None
    search: Exception | None = None
    register: Exception | None = None
    answer_of_register: Exception | None = None
    get: Exception | None = None
    match: Exception | None = None
    erase: Exception | None = None
    export: Exception | None = None
    bring_in: Exception | None = None
    append: Exception | None = None
    last_id: Exception | None = None
    page: Exception | None = None
    figures: Exception | None = None
    calls: list[str] = field(default_factory=list)

    def arise(self, stage: str) -> None:
        self.calls.append(stage)
        error = getattr(self, stage, None)
        if isinstance(error, Exception):
            raise error


class LocalBook:
    """A real book of the store; each method runs in a thread as it does in its deployment."""

    def __init__(self, book: object, faults: Faults) -> None:
        self._book = book
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._book, name)

        async def call(*args: Any, **named: Any) -> Any:
            self._faults.arise(name)
            return await asyncio.to_thread(method, *args, **named)

        return call


class LocalGallery:
    """The real gallery, called in threads as its deployment does."""

    def __init__(self, gallery: Gallery, faults: Faults) -> None:
        self._gallery = gallery
        self._faults = faults
        self._timed_search = TimedStage("search", self._search)
        self.directory: Any = LocalBook(gallery.store.directory, faults)

    async def status(self) -> tuple[IndexStatus, ...]:
        return (await asyncio.to_thread(self._gallery.status),)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        found: GallerySearch = await self._timed_search(vector, model_id)
        return found

    async def _search(self, vector: Vector, model_id: str) -> GallerySearch:
        self._faults.arise("search")
        self._gallery.require_model(model_id)
        found = await asyncio.to_thread(self._gallery.search, vector[np.newaxis])
        return found[0]

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,
        details: DriverDetails = NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int:
        self._faults.arise("register")
        made = await asyncio.to_thread(
            self._gallery.register, faces, driver_id, token, details, fingerprint, judged
        )
        self._faults.arise("answer_of_register")
        return made

    async def withdraw(self, token: str) -> int | None:
        return await asyncio.to_thread(self._gallery.withdraw, token)
