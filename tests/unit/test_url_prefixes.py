"""URLs below those of the settings."""

import httpx
import pytest

from pipelines.errors import ConfigurationError
from pipelines.url_prefixes import UrlPrefixes

HOOKS = UrlPrefixes(
    "webhooks.allowed_urls", ["https://fleet.example.com/hooks/", "http://10.0.0.7"]
)


@pytest.mark.parametrize(
    "url",
    [
        "https://fleet.example.com/hooks",
        "https://fleet.example.com/hooks/",
        "https://fleet.example.com:443/hooks/a/b?c=d",
        "https://fleet.example.com./hooks/",
        "https://fleet.example.com/hooks/a;b=c/..d/.e/f..;g/%2520?x=%2e%2e/..;/",
        "http://10.0.0.7/",
        "http://10.0.0.7:80/anything",
    ],
)
def test_takes_what_lies_below(url: str) -> None:
    assert httpx.URL(url) in HOOKS


@pytest.mark.parametrize(
    "url",
    [
        "https://fleet.example.com/hooksmore",
        "https://fleet.example.com/hooks/%2e%2e/x",
        "https://fleet.example.com/hooks/a%2Fb",
        "https://fleet.example.com/hooks/..;/admin",
        "https://fleet.example.com/hooks/a/..;b=c/..;/admin",
        "https://fleet.example.com/hooks/.;/admin",
        "https://fleet.example.com/hooks/..%3b/admin",
        "https://fleet.example.com/hooks/..%253B/admin",
        "https://fleet.example.com/hooks/%252e%252E/b",
        "https://fleet.example.com/hooks/%25252e/b",
        "https://fleet.example.com/hooks/a%252fb",
        "https://fleet.example.com/hooks/a%255Cb",
        "https://fleet.example.com:8443/hooks/",
        "https://fleet.example.com@10.0.0.8/hooks/",
        "http://10.0.0.7:81/",
        "ftp://10.0.0.7/",
        "https://xn--a/hooks/",
        "/hooks/",
    ],
)
def test_takes_nothing_else(url: str) -> None:
    assert httpx.URL(url) not in HOOKS


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("fleet.example.com", "a: fleet.example.com is no http or https URL"),
        ("https://xn--a/", "a cannot be used: Codepoint U\\+0080 .*"),
        ("https://me:secret@host/", "a: host must come without user, query and fragment"),
        ("https://host/?q=1", "a: host must come without user, query and fragment"),
    ],
)
def test_refuses_a_prefix_that_is_none(prefix: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}$"):
        UrlPrefixes("a", [prefix])
