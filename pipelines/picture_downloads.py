"""Pictures over HTTP, and sources that fail now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from configs.settings import PictureSourceSettings
from pipelines.errors import PictureNotFound, TooLarge, Unavailable, UpstreamFailure

_MAX_REDIRECTS: Final = 2
_BACKOFF_S: Final = 0.1
_LONGEST_BACKOFF_S: Final = 1.0


class PatientFetching:
    """Repeats what fails; use it from one event loop.

    At most ``concurrency`` attempts are under way at once. A failed attempt (connection, timeout,
    HTTP 408, 429 or 5xx, storage failure) is repeated ``retries`` times after a short pause.

    Args:
        settings: The limits.
    """

    def __init__(self, settings: PictureSourceSettings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def __call__(self, attempt: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return what the first attempt returns that does not fail.

        Raises:
            UpstreamFailure: The source failed or was too slow at every attempt.
            GatehouseError: As an attempt raises it, Unavailable excepted.
        """
        for pause in range(self._settings.retries + 1):
            if pause:
                await asyncio.sleep(min(_BACKOFF_S * 2 ** (pause - 1), _LONGEST_BACKOFF_S))
            async with self._slots:
                try:
                    async with asyncio.timeout(self._settings.timeout_s):
                        return await attempt()
                except (TimeoutError, httpx.RequestError, Unavailable) as error:
                    failure: Exception = error
        raise UpstreamFailure(
            f"the picture source failed {self._settings.retries + 1} times, "
            f"last with {type(failure).__name__}"
        ) from failure


class PictureDownloads:
    """GET of pictures, bounded in size, by way of no proxy. No cookie is kept.

    Args:
        settings: The limits.
        follows: Whether a redirect from the first URL to the second one is followed; both are
            absolute.
    """

    def __init__(
        self, settings: PictureSourceSettings, follows: Callable[[httpx.URL, httpx.URL], bool]
    ) -> None:
        self._max_bytes = settings.max_bytes
        self._follows = follows
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s,
            limits=httpx.Limits(max_connections=settings.concurrency),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "Accept": "image/jpeg, image/png, image/*;q=0.5",
                "Accept-Encoding": "identity",
            },
        )

    async def get(self, url: httpx.URL | str) -> bytes:
        """Return the body of one try.

        Raises:
            PictureNotFound: The server has no such picture.
            TooLarge: It has more than ``max_bytes`` bytes.
            Unavailable, httpx.RequestError: Another try may do.
            UpstreamFailure: Another answer, or a redirect that is not followed.
        """
        request = self._client.build_request("GET", url)
        first = request.url
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                response = await self._client.send(request, stream=True)
            except UnicodeError as error:
                raise UpstreamFailure("the picture server redirects to no host") from error
            try:
                if response.next_request is None:
                    return await self._body(response)
                request = response.next_request
            finally:
                await response.aclose()
            if not self._follows(first, request.url):
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
        """Release the connections."""
        await self._client.aclose()
