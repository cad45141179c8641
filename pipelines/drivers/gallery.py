"""The driver gallery and the crop store as the compositions use them, wherever they run."""

from collections.abc import Sequence
from typing import Final, Protocol

from pipelines.gallery.driver_records import (
    DetailChanges,
    DriverDetails,
    DriverPage,
    DriverRecord,
    ExportedDriver,
    GalleryCounts,
)
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged, Likeness
from pipelines.gallery.records import EnrolledFace, StoredFace
from pipelines.storage.crop_names import CropKind
from pipelines.types import GallerySearch, Vector

NO_DETAILS: Final = DriverDetails()


class DriverDirectory(Protocol):
    """What the store says of drivers; ``pipelines.gallery.directory`` has the same methods.

    A ``version`` that is not the driver's own raises VersionMismatch, a driver that is not there
    DriverNotFound, and a store that cannot be reached GalleryUnavailable.
    """

    async def get(self, driver_id: int) -> DriverRecord: ...

    async def page(
        self,
        after: int = 0,
        limit: int = 100,
        query: str | None = None,
        external_id: str | None = None,
    ) -> DriverPage: ...

    async def update(
        self, driver_id: int, changes: DetailChanges, version: int | None = None
    ) -> DriverRecord: ...

    async def erase(
        self, driver_id: int, version: int | None = None, detail: str | None = None
    ) -> tuple[str, ...]: ...

    async def faces(self, driver_id: int) -> tuple[StoredFace, ...]: ...

    async def remove_face(
        self, driver_id: int, face_id: int, version: int | None = None
    ) -> DriverRecord: ...

    async def merge(
        self,
        driver_id: int,
        other_id: int,
        version: int | None = None,
        least: float | None = None,
    ) -> DriverRecord: ...

    async def template(self, driver_id: int, model_id: str | None = None) -> Vector | None: ...

    async def likeness(
        self, driver_id: int, vectors: Sequence[Vector], model_id: str | None = None
    ) -> Likeness: ...

    async def export(
        self, after: int, limit: int, pictures: bool
    ) -> tuple[ExportedDriver, ...]: ...

    async def bring_in(self, drivers: Sequence[ExportedDriver], token: str) -> tuple[int, ...]: ...

    async def was_used(self, token: str) -> bool: ...

    async def vector_lengths(self, model_ids: Sequence[str]) -> dict[str, int]: ...

    async def removals_done(self, keys: Sequence[str]) -> None: ...

    async def counts(self) -> GalleryCounts: ...


class DriverGallery(Protocol):
    """The gallery: nearest drivers, registrations, and the directory of its store."""

    @property
    def directory(self) -> DriverDirectory: ...

    async def status(self) -> tuple[IndexStatus, ...]: ...

    async def search(self, vector: Vector, model_id: str) -> GallerySearch: ...

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,
        details: DriverDetails = NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int: ...

    async def withdraw(self, token: str) -> int | None: ...


class CropStore(Protocol):
    """Keeps crops under relative paths; raises Unavailable. ``owner`` finds them again."""

    def new_path(self, kind: CropKind) -> str: ...

    async def write(self, path: str, jpeg: bytes, owner: str | None = None) -> None: ...

    async def save(self, kind: CropKind, jpeg: bytes, owner: str | None = None) -> str: ...

    async def load(self, path: str) -> bytes: ...

    async def remove(self, path: str) -> None: ...

    async def remove_of(self, owner: str) -> bool: ...

    async def release(self, owner: str, paths: Sequence[str] | None = None) -> None: ...
