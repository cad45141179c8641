"""The driver directory over the handles of the gallery's shards."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from configs.settings import RetentionSettings
from deployments.remote_book import RemoteBook
from pipelines.gallery.driver_records import (
    DetailChanges,
    DriverPage,
    DriverRecord,
    ExportedDriver,
    GalleryCounts,
)
from pipelines.gallery.judged import Likeness
from pipelines.gallery.records import StoredFace
from pipelines.types import Vector


class RemoteDirectory(RemoteBook):
    """``pipelines.gallery.directory.DriverDirectory`` with the same methods, to be awaited."""

    book = "drivers"

    async def get(self, driver_id: int) -> DriverRecord:
        record: DriverRecord = await self._call("get", driver_id)
        return record

    async def page(
        self,
        after: int = 0,
        limit: int = 100,
        query: str | None = None,
        external_id: str | None = None,
    ) -> DriverPage:
        page: DriverPage = await self._call("page", after, limit, query, external_id)
        return page

    async def update(
        self, driver_id: int, changes: DetailChanges, version: int | None = None
    ) -> DriverRecord:
        record: DriverRecord = await self._call("update", driver_id, changes, version)
        return record

    async def erase(
        self, driver_id: int, version: int | None = None, detail: str | None = None
    ) -> tuple[str, ...]:
        crop_keys: tuple[str, ...] = await self._call("erase", driver_id, version, detail)
        return crop_keys

    async def faces(self, driver_id: int) -> tuple[StoredFace, ...]:
        faces: tuple[StoredFace, ...] = await self._call("faces", driver_id)
        return faces

    async def remove_face(
        self, driver_id: int, face_id: int, version: int | None = None
    ) -> DriverRecord:
        record: DriverRecord = await self._call("remove_face", driver_id, face_id, version)
        return record

    async def merge(
        self,
        driver_id: int,
        other_id: int,
        version: int | None = None,
        least: float | None = None,
    ) -> DriverRecord:
        record: DriverRecord = await self._call("merge", driver_id, other_id, version, least)
        return record

    async def template(self, driver_id: int, model_id: str | None = None) -> Vector | None:
        template: Vector | None = await self._call("template", driver_id, model_id)
        return template

    async def likeness(
        self, driver_id: int, vectors: Sequence[Vector], model_id: str | None = None
    ) -> Likeness:
        found: Likeness = await self._call("likeness", driver_id, tuple(vectors), model_id)
        return found

    async def export(self, after: int, limit: int, pictures: bool) -> tuple[ExportedDriver, ...]:
        drivers: tuple[ExportedDriver, ...] = await self._call("export", after, limit, pictures)
        return drivers

    async def bring_in(self, drivers: Sequence[ExportedDriver], token: str) -> tuple[int, ...]:
        ids: tuple[int, ...] = await self._call("bring_in", tuple(drivers), token)
        return ids

    async def was_used(self, token: str) -> bool:
        used: bool = await self._call("was_used", token)
        return used

    async def vector_lengths(self, model_ids: Sequence[str]) -> dict[str, int]:
        lengths: dict[str, int] = await self._call("vector_lengths", tuple(model_ids))
        return lengths

    async def expired(
        self, now: datetime, settings: RetentionSettings, limit: int
    ) -> tuple[int, ...]:
        ids: tuple[int, ...] = await self._call("expired", now, settings, limit)
        return ids

    async def erase_expired(
        self, driver_id: int, now: datetime, settings: RetentionSettings
    ) -> tuple[str, ...] | None:
        crop_keys: tuple[str, ...] | None = await self._call(
            "erase_expired", driver_id, now, settings
        )
        return crop_keys

    async def pending_removals(self, limit: int) -> tuple[str, ...]:
        crop_keys: tuple[str, ...] = await self._call("pending_removals", limit)
        return crop_keys

    async def removals_done(self, keys: Sequence[str]) -> None:
        await self._call("removals_done", tuple(keys))

    async def counts(self) -> GalleryCounts:
        counts: GalleryCounts = await self._call("counts")
        return counts

    async def unembedded(
        self, model_id: str, limit: int, after: int = 0
    ) -> tuple[tuple[int, bytes], ...]:
        faces: tuple[tuple[int, bytes], ...] = await self._call(
            "unembedded", model_id, limit, after
        )
        return faces

    async def add_embeddings(self, model_id: str, vectors: Mapping[int, Vector]) -> int:
        added: int = await self._call("add_embeddings", model_id, dict(vectors))
        return added

    async def drop_model(self, model_id: str) -> int:
        dropped: int = await self._call("drop_model", model_id)
        return dropped
