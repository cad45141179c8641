"""Pictures by id, from a picture server, a folder or object storage."""

import unicodedata
from typing import Protocol
from urllib.parse import quote

import httpx

from configs.settings import PictureSourceSettings
from pipelines.errors import (
    ConfigurationError,
    InvalidRequest,
    NotFound,
    PictureNotFound,
    TooLarge,
    UpstreamFailure,
)
from pipelines.picture_downloads import PatientFetching, PictureDownloads
from pipelines.storage.object_store import ObjectStore

_SUFFIXES = ("", ".jpg", ".jpeg", ".png")
_REFUSED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}  # control, surrogate, line and paragraph separator


def check_picture_id(pict_id: str, max_length: int) -> None:
    """Refuse an id that could mean anything but one picture.

    Refused are path separators, control characters, dots alone, nothing, and more than
    ``max_length`` characters; every other Unicode text is an id.

    Raises:
        InvalidRequest: The id is refused.
    """
    if (
        not 1 <= len(pict_id) <= max_length
        or not pict_id.strip(". ")
        or any(
            char in "/\\" or unicodedata.category(char) in _REFUSED_CATEGORIES for char in pict_id
        )
    ):
        raise InvalidRequest("Invalid request format")


class PictureSource:
    """Fetches encoded pictures, patiently; use it from one event loop.

    Args:
        settings: Where pictures come from, and the limits.

    Raises:
        ConfigurationError: ``base_url`` cannot be used.
    """

    def __init__(self, settings: PictureSourceSettings) -> None:
        self._settings = settings
        self._patiently = PatientFetching(settings)
        is_http = settings.base_url.startswith(("http://", "https://"))
        self._attempt: _Attempt = _ServerAttempt(settings) if is_http else _StoreAttempt(settings)

    async def fetch(self, pict_id: str) -> bytes:
        """Return the encoded picture of an id.

        Raises:
            InvalidRequest: The id is malformed.
            PictureNotFound: There is no such picture.
            TooLarge: The picture has more than ``max_bytes`` bytes.
            UpstreamFailure: The source failed or was too slow at every attempt.
        """
        check_picture_id(pict_id, self._settings.max_id_length)
        return await self._patiently(lambda: self._attempt(pict_id))

    async def close(self) -> None:
        """Release the connections."""
        await self._attempt.close()


class _Attempt(Protocol):
    """One try at a picture; raises Unavailable or httpx.RequestError where another may do."""

    async def __call__(self, pict_id: str) -> bytes: ...

    async def close(self) -> None: ...


class _ServerAttempt:
    """``GET {base_url}/images/{id}``."""

    def __init__(self, settings: PictureSourceSettings) -> None:
        try:
            self._base = httpx.URL(settings.base_url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"pictures.base_url cannot be used: {error}") from error
        if not self._base.host:
            raise ConfigurationError("pictures.base_url names no host")
        self._downloads = PictureDownloads(settings, _stays)

    async def __call__(self, pict_id: str) -> bytes:
        # Quoted twice, "%2e%2e" in an id could become ".." at a server behind a proxy; quoted
        # once, as here, it arrives as the literal text.
        return await self._downloads.get(f"{self._base}/images/{quote(pict_id, safe='')}")

    async def close(self) -> None:
        await self._downloads.close()


def _stays(base: httpx.URL, target: httpx.URL) -> bool:
    """Whether a redirect keeps the origin, or only moves it from http to https."""
    ports = {"http": 80, "https": 443}
    here = (base.scheme, base.host, base.port or ports.get(base.scheme))
    there = (target.scheme, target.host, target.port or ports.get(target.scheme))
    return there == here or (
        here == ("http", target.host, 80) and there == ("https", target.host, 443)
    )


class _StoreAttempt:
    """The object ``images/{id}``, or the same with a picture's suffix."""

    def __init__(self, settings: PictureSourceSettings) -> None:
        self._store = ObjectStore(settings.base_url)
        self._max_bytes = settings.max_bytes

    async def __call__(self, pict_id: str) -> bytes:
        refusal: ConfigurationError | None = None
        for suffix in _SUFFIXES:
            try:
                return await self._store.read(f"images/{pict_id}{suffix}", self._max_bytes)
            except NotFound:
                continue
            except ConfigurationError as error:
                refusal = error
            except TooLarge as error:
                raise TooLarge(f"the picture has more than {self._max_bytes} bytes") from error
        if refusal is not None:
            raise UpstreamFailure(refusal.message) from refusal
        raise PictureNotFound("Resource not found")

    async def close(self) -> None:
        """Nothing is held."""
