"""Pictures by URL, from servers that the settings name and from no others."""

import re
from collections.abc import Sequence
from typing import Final

import httpx

from configs.settings import PictureSourceSettings
from pipelines.errors import ConfigurationError, InvalidRequest, PictureNotFound
from pipelines.picture_downloads import PatientFetching, PictureDownloads

_PORTS: Final = {"http": 80, "https": 443}
_CLIMBS: Final = re.compile(r"(?i)\\|%(2e|2f|5c)")
"""What no segment of a path may hold: a server may take it for a way out of the prefix."""


class PictureUrls:
    """Fetches encoded pictures, patiently; use it from one event loop.

    A URL is taken where its scheme, host and port are those of an allowed prefix, and its path lies
    below that of the prefix; every redirect too. Names are not looked up beforehand: whoever
    answers for an allowed name is trusted, also inside the own network, where cameras stand.

    Args:
        settings: The allowed prefixes, and the limits.

    Raises:
        ConfigurationError: A prefix is no http or https URL, or holds a user, query or fragment.
    """

    def __init__(self, settings: PictureSourceSettings) -> None:
        self._allowed = tuple(map(_prefix, settings.allowed_urls))
        self._patiently = PatientFetching(settings)
        # A client that is not used would read all certificates at every start.
        self._downloads = (
            PictureDownloads(settings, lambda _, url: self._allows(url)) if self._allowed else None
        )

    async def fetch(self, url: str) -> bytes:
        """Return the encoded picture behind a URL.

        Raises:
            InvalidRequest: The URL is malformed, or not among the allowed ones.
            PictureNotFound: There is no such picture.
            TooLarge: The picture has more than ``max_bytes`` bytes.
            UpstreamFailure: The server failed or was too slow at every attempt.
        """
        downloads = self._downloads
        if downloads is None:
            raise InvalidRequest(
                "image_url: this service fetches no pictures by URL, send the picture itself"
            )
        checked = self._checked(url)
        try:
            return await self._patiently(lambda: downloads.get(checked))
        except PictureNotFound as error:
            raise PictureNotFound("image_url: there is no such picture") from error

    async def close(self) -> None:
        """Release the connections."""
        if self._downloads is not None:
            await self._downloads.close()

    def _checked(self, url: str) -> httpx.URL:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise InvalidRequest("image_url must be an http or https URL") from error
        if parsed.scheme not in _PORTS or not parsed.host:
            raise InvalidRequest("image_url must be an http or https URL")
        if not self._allows(parsed):
            raise InvalidRequest("image_url: pictures are not fetched from there")
        return parsed

    def _allows(self, url: httpx.URL) -> bool:
        if url.userinfo or url.scheme not in _PORTS:
            return False
        segments = _segments(url)
        if any(segment in {".", ".."} or _CLIMBS.search(segment) for segment in segments):
            return False
        return any(
            _origin(url) == _origin(prefix) and _below(segments, _segments(prefix))
            for prefix in self._allowed
        )


def _prefix(text: str) -> httpx.URL:
    try:
        prefix = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"pictures.allowed_urls cannot be used: {error}") from error
    if prefix.scheme not in _PORTS or not prefix.host:
        raise ConfigurationError(f"pictures.allowed_urls: {text} is no http or https URL")
    if prefix.userinfo or prefix.query or prefix.fragment:
        raise ConfigurationError(
            f"pictures.allowed_urls: {prefix.host} must come without user, query and fragment"
        )
    return prefix


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host.rstrip("."), url.port or _PORTS[url.scheme]


def _segments(url: httpx.URL) -> list[str]:
    """Of the path as it is sent, quoted."""
    return url.raw_path.partition(b"?")[0].decode("ascii").split("/")[1:]


def _below(segments: Sequence[str], prefix: Sequence[str]) -> bool:
    wanted = [*prefix[:-1], *filter(None, prefix[-1:])]
    return segments[: len(wanted)] == wanted
