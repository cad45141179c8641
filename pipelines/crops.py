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
_ATTEMPTS = 5


class CropStore:
    """Keeps JPEG crops under names that cannot be guessed from one another.

    Paths look like ``static/images/license_plates/20260131_235959_7K2QXA_lp.jpg`` or
    ``static/images/faces/20260131_235959_7K2QXA_face.jpg``: UTC and six random characters A-Z0-9.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._store = ObjectStore(settings.url)

    async def save(self, kind: CropKind, jpeg: bytes) -> str:
        """Store a crop under a new name and return its path; nothing is ever overwritten.

        Raises:
            Unavailable: The store cannot be written now.
        """
        for _ in range(_ATTEMPTS):
            key = _new_key(kind)
            if await self._store.write_new(key, jpeg):
                return PREFIX + key
        raise Unavailable(f"no free name for a crop after {_ATTEMPTS} attempts")

    async def load(self, path: str) -> bytes:
        """Return the JPEG of a path that ``save`` returned.

        Raises:
            NotFound: The path is not one of ours, or its crop is gone.
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
