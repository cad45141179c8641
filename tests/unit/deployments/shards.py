"""Handles to the shards of a local gallery, as the ingress holds them."""

import asyncio
from collections.abc import Callable
from typing import Any

from configs.settings import GallerySettings
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.types import FaceQuality, GallerySearch, Vector

DIMENSION = 8


def faces(vector: Vector, count: int = 1) -> tuple[EnrolledFace, ...]:
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    return (EnrolledFace(vector, "m", 0.9, quality, "crop.jpg", b"png"),) * count


class Method:
    """One method of a handle."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work

    async def remote(self, *args: Any) -> Any:
        return await asyncio.to_thread(self._work, *args)


class Shard:
    """A handle to a shard.

    Attributes:
        failure: Raised by every call while it is not None.
        calls: Names of the methods that were called.
    """

    def __init__(self, settings: GallerySettings, shard: int) -> None:
        self.deployment_name = f"DriverIndex-{shard}"
        self.gallery = Gallery.open(settings, "m", DIMENSION, shard)
        self.failure: BaseException | None = None
        self.calls: list[str] = []
        self.search = Method(self._search)
        self.search_all = Method(lambda probes: [self._search(*probe) for probe in probes])
        self.register = Method(self._register)
        self.withdraw = Method(lambda token: self._noted("withdraw").withdraw(token))
        self.status = Method(lambda: self._noted("status").status())
        self.records = Method(self._records)

    def _search(self, vector: Vector, _model_id: str) -> GallerySearch:
        return self._noted("search").search(vector[None])[0]

    def _register(
        self, driver_id: int | None, enrolled: tuple[EnrolledFace, ...], token: str, *more: Any
    ) -> int:
        return self._noted("register").register(enrolled, driver_id, token, *more)

    def _records(self, book: str, method: str, *args: Any) -> Any:
        return getattr(self._noted(method).books[book], method)(*args)

    def _noted(self, name: str) -> Gallery:
        self.calls.append(name)
        if self.failure is not None:
            raise self.failure
        return self.gallery
