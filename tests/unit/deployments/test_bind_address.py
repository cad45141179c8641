"""Which addresses others can reach."""

import pytest
import ray

from configs.settings import AccessSettings
from deployments.bind_address import is_loopback, require_guard, unguarded

KEYS_OFF = AccessSettings()
KEYS_ON = AccessSettings(keys_file="/run/secrets/keys.yaml")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    assert unguarded(host, KEYS_OFF) is None


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "*", "", "10.0.0.7", "192.168.1.2", "fe80::1", "gate.example.com", "127.1"],
)
def test_an_address_that_others_reach_needs_keys(host: str) -> None:
    assert not is_loopback(host)
    assert unguarded(host, KEYS_OFF) == (
        f"http_options.host is {host}, which other machines can reach, and no API keys are asked "
        "for: set access.keys_file (python -m deployments.keys new makes a key), or bind 127.0.0.1"
    )
    assert unguarded(host, KEYS_ON) is None


def test_what_serves_no_http_needs_no_keys() -> None:
    assert unguarded(None, KEYS_OFF) is None


def test_outside_of_ray_nothing_is_bound_and_none_is_started() -> None:
    assert not ray.is_initialized()
    require_guard(KEYS_OFF)
    assert not ray.is_initialized()
