"""Pictures by id, from a picture server, a folder or object storage."""

import asyncio
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
    Unavailable,
    UpstreamFailure,
)
from pipelines.storage.object_store import ObjectStore

_SUFFIXES = ("", ".jpg", ".jpeg", ".png")
_REFUSED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}  # control, surrogate, line and paragraph separator
_MAX_REDIRECTS = 2
_BACKOFF_S = 0.1
_LONGEST_BACKOFF_S = 1.0


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
    """Fetches encoded pictures; use it from one event loop.

    At most ``concurrency`` attempts are under way at once. A failed attempt (connection, timeout,
    HTTP 408, 429 or 5xx, storage failure) is repeated ``retries`` times after a short pause.

    Args:
        settings: Where pictures come from, and the limits.

    Raises:
        ConfigurationError: ``base_url`` cannot be used.
    """

    def __init__(self, settings: PictureSourceSettings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.concurrency)
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
        for pause in range(self._settings.retries + 1):
            if pause:
                await asyncio.sleep(min(_BACKOFF_S * 2 ** (pause - 1), _LONGEST_BACKOFF_S))
            async with self._slots:
                try:
                    async with asyncio.timeout(self._settings.timeout_s):
                        return await self._attempt(pict_id)
                except (TimeoutError, httpx.RequestError, Unavailable) as error:
                    failure: Exception = error
        raise UpstreamFailure(
            f"the picture source failed {self._settings.retries + 1} times, "
            f"last with {type(failure).__name__}"
        ) from failure

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
        self._max_bytes = settings.max_bytes
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s,
            limits=httpx.Limits(max_connections=settings.concurrency),
            follow_redirects=False,
            trust_env=False,
            headers={
                "Accept": "image/jpeg, image/png, image/*;q=0.5",
                "Accept-Encoding": "identity",
            },
        )

    async def __call__(self, pict_id: str) -> bytes:
        # Quoted twice, "%2e%2e" in an id could become ".." at a server behind a proxy; quoted
        # once, as here, it arrives as the literal text.
        request = self._client.build_request(
            "GET", f"{self._base}/images/{quote(pict_id, safe='')}"
        )
        for _ in range(_MAX_REDIRECTS + 1):
            response = await self._client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return await self._body(response)
                request = response.next_request
            finally:
                await response.aclose()
            if not _stays(self._base, request.url):
                raise UpstreamFailure("the picture server redirects to another host")
        raise UpstreamFailure(f"the picture server redirects more than {_MAX_REDIRECTS} times")

    async def _body(self, response: httpx.Response) -> bytes:
        status = response.status_code
        if status in (404, 410):
            raise PictureNotFound("Resource not found")
        if status >= 500 or status in (408, 429):
            raise Unavailable(f"the picture server answers {status}")
        if status != 200:
            raise UpstreamFailure(f"the picture server answers {status}")
        declared = response.headers.get("Content-Length", "")
        too_large = declared.isdecimal() and int(declared) > self._max_bytes
        body = bytearray()
        if not too_large:
            async for chunk in response.aiter_bytes():
                body += chunk
                too_large = len(body) > self._max_bytes
                if too_large:
                    break
        if too_large:
            raise TooLarge(f"the picture has more than {self._max_bytes} bytes")
        return bytes(body)

    async def close(self) -> None:
        await self._client.aclose()


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
