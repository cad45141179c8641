"""Whether others can reach the service: without keys only this machine may.

What is known is the address that Serve binds. What is not: who reaches that address through
something else, such as a published container port, a reverse proxy, ``kubectl port-forward`` or an
SSH tunnel that ends on loopback. Whoever sets up one of these turns on keys, or has it ask.
"""

import ipaddress
from typing import Final

import ray
from ray.serve.config import ProxyLocation
from ray.serve.context import _get_global_client

from configs.settings import AccessSettings
from pipelines.errors import ConfigurationError

_NO_KEYS: Final = (
    "http_options.host is {host}, which other machines can reach, and no API keys are asked for: "
    "set access.keys_file (python -m deployments.keys new makes a key), or bind 127.0.0.1"
)


def unguarded(host: str | None, access: AccessSettings) -> str | None:
    """Why the service must not start; None where it may.

    Args:
        host: What Serve binds; None is nothing.
        access: Whether keys are asked for.
    """
    if host is None or access.keys_file is not None or is_loopback(host):
        return None
    return _NO_KEYS.format(host=host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; of names, only localhost is believed."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_guard(access: AccessSettings) -> None:
    """Checks what the running Serve binds, whoever started it.

    Raises:
        ConfigurationError: Other machines can reach it, and keys are off.
    """
    reason = unguarded(_bound_host(), access)
    if reason is not None:
        raise ConfigurationError(reason)


def _bound_host() -> str | None:
    """What the running Serve binds; None where it binds nothing, or none runs."""
    if not ray.is_initialized():  # asking for a client would start one
        return None
    client = _get_global_client(raise_if_no_controller_running=False)
    if client is None:
        return None
    location = ray.get(client._controller.get_proxy_location.remote())
    host: str | None = client.http_config.host
    return None if location == ProxyLocation.Disabled else host
