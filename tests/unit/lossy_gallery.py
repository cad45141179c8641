"""A gallery that loses its answers, and a crop store that is slow."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from pipelines.drivers.gallery import NO_DETAILS
from pipelines.errors import (
    DriverNotFound,
    GalleryUnavailable,
    IdempotencyKeyReused,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace, StoredFace
from pipelines.storage.crop_names import CropKind
from pipelines.types import Box, Face, FaceQuality, GallerySearch, Vector


def face() -> Face:
    return Face(
        box=Box(0, 0, 50, 60),
        score=0.9,
        landmarks=np.zeros((5, 2), np.float32),
        quality=FaceQuality(50, 200, 128, 0, 0, 0),
        embedding=np.eye(1, 8, dtype=np.float32)[0],
        model_id="m",
        aligned=np.zeros((112, 112, 3), np.uint8),
        crop=np.zeros((60, 50, 3), np.uint8),
    )


FACES = [face() for _ in range(3)]


@dataclass
class LossyGallery:
    """Commits as the real one does; its answers may be lost before or after that.

    Attributes:
        commits: Whether a registration is committed before it fails.
        failure: What the caller of ``register`` gets instead of the answer.
        hangs: Whether ``register`` never answers.
        away: How many calls of ``withdraw`` fail.
    """

    commits: bool = True
    failure: Exception | None = None
    hangs: bool = False
    away: int = 0
    committed: dict[str, int] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    rows: dict[int, list[str]] = field(default_factory=dict)
    fingerprints: dict[str, str | None] = field(default_factory=dict)

    @property
    def directory(self) -> Any:
        return self

    async def faces(self, driver_id: int) -> tuple[StoredFace, ...]:
        quality, moment = FaceQuality(50, 200, 128, 0, 0, 0), datetime(2026, 1, 1, tzinfo=UTC)
        return tuple(
            StoredFace(n, driver_id, key, 0.9, 0.5, quality, True, moment)
            for n, key in enumerate(self.rows[driver_id], 1)
        )

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        raise NotImplementedError

    async def status(self) -> tuple[IndexStatus, ...]:
        raise NotImplementedError

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,
        details: DriverDetails = NO_DETAILS,  # noqa: ARG002  # the protocol's
        fingerprint: str | None = None,
        judged: Judged | None = None,  # noqa: ARG002  # the protocol's
    ) -> int:
        self.asked.set()
        if token in self.withdrawn:
            raise Unavailable("the registration was withdrawn")
        if token in self.committed:
            if self.fingerprints[token] != fingerprint:
                raise IdempotencyKeyReused("this idempotency key came with another request")
            return self.committed[token]
        if driver_id == 0:
            raise DriverNotFound("user not found")
        assert len(faces) == 3
        if self.commits:
            self.fingerprints[token] = fingerprint
            self.rows.setdefault(driver_id or 7, []).extend(face.crop_key for face in faces)
        if self.commits:
            self.committed[token] = driver_id or 7
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        return self.committed[token]

    async def withdraw(self, token: str) -> int | None:
        if self.away:
            self.away -= 1
            raise GalleryUnavailable("away")
        if token not in self.committed:
            self.withdrawn.append(token)
        return self.committed.get(token)


@dataclass
class SlowCrops:
    """Writes end when ``open`` is set, as in a thread: also when the caller is gone."""

    saved: dict[str, bytes] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    room: int = 100
    stuck: bool = False
    named: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def new_path(self, kind: CropKind) -> str:
        self.named += 1
        return f"static/images/{kind}/{self.named}_face.jpg"

    async def write(self, path: str, jpeg: bytes, owner: str | None = None) -> None:
        self.begun.set()
        await self.open.wait()
        if len(self.saved) >= self.room:
            raise Unavailable("the crop store is full")
        self.saved[path] = jpeg
        self.owners[path] = owner or ""

    async def save(self, kind: CropKind, jpeg: bytes, owner: str | None = None) -> str:
        raise NotImplementedError

    async def load(self, path: str) -> bytes:
        raise NotImplementedError

    async def remove(self, path: str) -> None:
        if self.stuck:
            raise Unavailable("the crop store is away")
        self.saved.pop(path, None)

    async def remove_of(self, owner: str) -> bool:
        raise NotImplementedError

    async def release(self, owner: str, paths: Sequence[str] | None = None) -> None:
        if self.stuck:
            raise Unavailable("the crop store is away")
        for path in paths or ():
            if self.owners.get(path) == owner:
                del self.owners[path]
