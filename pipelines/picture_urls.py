"""Pictures by URL, from servers that the settings name and from no others."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from configs.settings import PictureSourceSettings
from pipelines.errors import InvalidRequest, PictureNotFound
from pipelines.picture_downloads import PatientFetching, PictureDownloads
from pipelines.picture_room import PictureRoom, RoomOfOne
from pipelines.url_prefixes import UrlPrefixes

Fetch = Callable[[str], Awaitable[bytes]]
"""Returns the encoded picture behind a URL."""


class PictureUrls:
    """Fetches encoded pictures, patiently; use it from one event loop.

    A URL is taken where it lies below an allowed prefix (``UrlPrefixes``); every redirect too. No
    more pictures are held at once, being fetched or worked on, than fit into ``max_bytes_held``,
    each as large as one may be, but always two; who wants more waits.

    Args:
        settings: The allowed prefixes, and the limits.
        max_bytes_held: Bytes of all that is held at once.

    Raises:
        ConfigurationError: A prefix is no http or https URL, or holds a user, query or fragment.
    """

    def __init__(self, settings: PictureSourceSettings, max_bytes_held: int) -> None:
        self._room = PictureRoom(max_bytes_held // settings.max_bytes)
        self._allowed = UrlPrefixes("pictures.allowed_urls", settings.allowed_urls)
        self._patiently = PatientFetching(settings)
        # A client that is not used would read all certificates at every start.
        self._downloads = (
            PictureDownloads(settings, lambda _, url: url in self._allowed)
            if settings.allowed_urls
            else None
        )

    @asynccontextmanager
    async def held(self, pictures: int = 1) -> AsyncIterator[Fetch]:
        """What fetches pictures that are let go of at the end of the context, one or two.

        The fetching raises:
            InvalidRequest: The URL is malformed, or not among the allowed ones.
            PictureNotFound: There is no such picture.
            TooLarge: The picture has more than ``max_bytes`` bytes.
            UpstreamFailure: The server failed or was too slow at every attempt.
        """
        room = RoomOfOne(self._room, pictures)

        async def fetch(url: str) -> bytes:
            downloads = self._downloads
            if downloads is None:
                raise InvalidRequest(
                    "image_url: this service fetches no pictures by URL, send the picture itself"
                )
            checked = self._checked(url)
            await room.enter()
            try:
                return await self._patiently(lambda: downloads.get(checked))
            except PictureNotFound as error:
                raise PictureNotFound("image_url: there is no such picture") from error

        try:
            yield fetch
        finally:
            room.leave()

    async def close(self) -> None:
        """Release the connections."""
        if self._downloads is not None:
            await self._downloads.close()

    def _checked(self, url: str) -> httpx.URL:
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise InvalidRequest("image_url must be an http or https URL") from error
        if parsed.scheme not in {"http", "https"} or not parsed.raw_host:
            raise InvalidRequest("image_url must be an http or https URL")
        if parsed not in self._allowed:
            raise InvalidRequest("image_url: pictures are not fetched from there")
        return parsed
