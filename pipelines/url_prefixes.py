"""URLs that the settings name, and no others: so that no caller can have the service ask others."""

import re
from collections.abc import Sequence
from typing import Final

import httpx

from pipelines.errors import ConfigurationError

_PORTS: Final = {"http": 80, "https": 443}
_CLIMBS: Final = re.compile(r"(?i)\\|%(25)*(2e|2f|5c)|^\.\.?($|;|%(25)*3b)")
"""What no segment of a path may hold: a server may take it for a way out of the prefix, one that
decodes it twice or leaves out what follows a semicolon too."""


class UrlPrefixes:
    """The URLs below some prefixes.

    A URL is among them where its scheme, host and port are those of a prefix, and its path lies
    below that of the prefix. Names are not looked up beforehand: whoever answers for an allowed
    name is trusted, also inside the own network.

    Args:
        setting: What the prefixes are called in the settings.
        prefixes: http or https URLs.

    Raises:
        ConfigurationError: A prefix is no such URL, or holds a user, query or fragment.
    """

    def __init__(self, setting: str, prefixes: Sequence[str]) -> None:
        self._prefixes = tuple(_prefix(setting, text) for text in prefixes)

    def __contains__(self, url: httpx.URL) -> bool:
        if url.userinfo or url.scheme not in _PORTS:
            return False
        segments = _segments(url)
        if any(map(_CLIMBS.search, segments)):
            return False
        return any(
            _origin(url) == _origin(prefix) and _below(segments, _segments(prefix))
            for prefix in self._prefixes
        )


def _prefix(setting: str, text: str) -> httpx.URL:
    try:
        prefix = httpx.URL(text)
        host = prefix.host
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"{setting} cannot be used: {error}") from error
    if prefix.scheme not in _PORTS or not host:
        raise ConfigurationError(f"{setting}: {text} is no http or https URL")
    if prefix.userinfo or prefix.query or prefix.fragment:
        raise ConfigurationError(f"{setting}: {host} must come without user, query and fragment")
    return prefix


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    # The host as it is sent: what begins with xn-- is not always a name that can be decoded.
    return url.scheme, url.raw_host.rstrip(b"."), url.port or _PORTS[url.scheme]


def _segments(url: httpx.URL) -> list[str]:
    """Of the path as it is sent, quoted."""
    return url.raw_path.partition(b"?")[0].decode("ascii").split("/")[1:]


def _below(segments: Sequence[str], prefix: Sequence[str]) -> bool:
    wanted = [*prefix[:-1], *filter(None, prefix[-1:])]
    return segments[: len(wanted)] == wanted
