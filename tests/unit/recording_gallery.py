"""A gallery that answers what a test wants, and crops in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from pipelines.drivers.gallery import NO_DETAILS
from pipelines.errors import (
    DriverNotFound,
    GatehouseError,
    UnreadablePicture,
)
from pipelines.gallery.driver_records import DriverDetails, DriverRecord
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.imaging import decode
from pipelines.storage.crop_names import CropKind
from pipelines.types import Box, Face, FaceQuality, GallerySearch, Picture, Vector


def face(number: int) -> Face:
    """A face whose crop and vector carry a number."""
    vector = np.zeros(8, np.float32)
    vector[number] = 1.0
    return Face(
        box=Box(0, 0, 50, 60),
        score=0.9,
        landmarks=np.zeros((5, 2), np.float32),
        quality=FaceQuality(50, 200, 128, 0, 0, 0),
        embedding=vector,
        model_id="m",
        aligned=np.full((112, 112, 3), number, np.uint8),
        crop=np.full((60, 50, 3), number, np.uint8),
    )


async def encode(picture: bytes) -> tuple[Face, ...]:
    """Each digit of the picture is a face, the largest first; ``?`` cannot be decoded."""
    await asyncio.sleep(0)
    if picture == b"?":
        raise UnreadablePicture("read image error")
    return tuple(face(int(digit)) for digit in picture.decode())


@dataclass
class Directory:
    """Every driver is there, or none."""

    details: DriverDetails = NO_DETAILS
    erased: bool = False

    async def get(self, driver_id: int) -> DriverRecord:
        if self.erased:
            raise DriverNotFound("user not found")
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return DriverRecord(driver_id, self.details, 1, moment, moment, 3)


@dataclass
class RecordingGallery:
    answer: GallerySearch = field(default_factory=lambda: GallerySearch((), 0, 0))
    failure: GatehouseError | None = None
    registered: list[tuple[int | None, tuple[EnrolledFace, ...]]] = field(default_factory=list)
    searched: list[tuple[Vector, str]] = field(default_factory=list)
    directory: Any = field(default_factory=Directory)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        if self.failure:
            raise self.failure
        self.searched.append((vector, model_id))
        return self.answer

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,  # noqa: ARG002  # the protocol's
        details: DriverDetails = NO_DETAILS,  # noqa: ARG002  # the protocol's
        fingerprint: str | None = None,  # noqa: ARG002  # the protocol's
        judged: Judged | None = None,  # noqa: ARG002  # the protocol's
    ) -> int:
        if self.failure:
            raise self.failure
        self.registered.append((driver_id, faces))
        return driver_id or 7

    async def status(self) -> tuple[IndexStatus, ...]:
        raise NotImplementedError

    async def withdraw(self, token: str) -> int | None:  # noqa: ARG002  # the protocol's
        return None


@dataclass
class MemoryCrops:
    saved: dict[str, Picture] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    named: int = 0

    def new_path(self, kind: CropKind) -> str:
        self.named += 1
        return f"static/images/{kind}/{self.named - 1}_face.jpg"

    async def write(self, path: str, jpeg: bytes, owner: str | None = None) -> None:
        self.saved[path] = decode(jpeg, max_pixels=1_000_000)
        self.owners[path] = owner or ""
        await asyncio.sleep(0)

    async def save(self, kind: CropKind, jpeg: bytes, owner: str | None = None) -> str:
        path = self.new_path(kind)
        await self.write(path, jpeg, owner)
        return path

    async def load(self, path: str) -> bytes:
        raise NotImplementedError

    async def remove(self, path: str) -> None:
        self.saved.pop(path, None)

    async def remove_of(self, owner: str) -> bool:
        for path in [one for one, of in self.owners.items() if of == owner]:
            self.saved.pop(path, None)
        return True

    async def release(self, owner: str, paths: Sequence[str] | None = None) -> None:
        for path in [one for one, of in self.owners.items() if of == owner]:
            if paths is None or path in paths:
                self.owners[path] = ""
