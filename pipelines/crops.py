"""Stored crops: the pictures of plates and faces that answers point to."""

import re
import secrets
import string
from datetime import UTC, datetime
from typing import Literal

from configs.settings import StorageSettings
from pipelines.errors import NotFound, Unavailable
from pipelines.object_store import ObjectStore

CropKind = Literal["license_plates", "faces"]

PREFIX = "static/images/"
"""What a crop's path starts with in answers; the rest is its key in the store."""

_SUFFIXES: dict[CropKind, str] = {"license_plates": "lp", "faces": "face"}
_ALPHABET = string.ascii_uppercase + string.digits
_PATH = re.compile(
    r"static/images/((?:license_plates/[0-9]{8}_[0-9]{6}_[A-Z0-9]{6}_lp"
    r"|faces/[0-9]{8}_[0-9]{6}_[A-Z0-9]{6}_face)\.jpg)"
)


class CropStore:
    """Keeps JPEG crops under names that cannot be guessed from one another.

    Paths look like ``static/images/license_plates/20260131_235959_7K2QXA_lp.jpg`` or
    ``static/images/faces/20260131_235959_7K2QXA_face.jpg``: UTC and six random characters A-Z0-9.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._store = ObjectStore(settings.url, settings.timeout_s)

    def new_path(self, kind: CropKind) -> str:
        """Return a fresh path for a crop; nothing is stored under it yet."""
        return PREFIX + _new_key(kind)

    async def write(self, path: str, jpeg: bytes) -> None:
        """Store a crop under a path of ``new_path``; nothing is ever overwritten.

        Raises:
            NotFound: The path is not one of ours.
            Unavailable: The store cannot be written now, or the path is taken.
        """
        if not await self._store.write_new(_key(path), jpeg):
            raise Unavailable(f"the crop's path {path} is taken")

    async def save(self, kind: CropKind, jpeg: bytes) -> str:
        """Store a crop under a new path and return it; nothing is ever overwritten.

        Raises:
            Unavailable: The store cannot be written now.
        """
        path = self.new_path(kind)
        await self.write(path, jpeg)
        return path

    async def load(self, path: str) -> bytes:
        """Return the JPEG of a path that was stored.

        Raises:
            NotFound: The path is not one of ours, or its crop is gone.
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        return await self._store.read(_key(path))

    async def remove(self, path: str) -> None:
        """Remove a crop; one that is already gone is no failure.

        Raises:
            NotFound: The path is not one of ours.
            Unavailable: The store cannot be written now.
        """
        await self._store.remove(_key(path))


def _new_key(kind: CropKind) -> str:
    moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    random = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"{kind}/{moment}_{random}_{_SUFFIXES[kind]}.jpg"


def _key(path: str) -> str:
    match = _PATH.fullmatch(path)
    if match is None:
        raise NotFound("Resource not found")
    return match[1]
