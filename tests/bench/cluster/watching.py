"""What the hosts and Serve's head say about themselves, over time."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

APPLICATION: Final = "gatehouse"

_LOOK_EVERY_S: Final = 0.5
_STATE_WITHIN_S: Final = 3.0
_HEALTH_WITHIN_S: Final = 1.0
_STOPS_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica, as Serve's controller knows it."""

    id: str
    deployment: str
    address: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Look:
    """The cluster at one moment.

    Attributes:
        at: When, monotonic seconds.
        replicas: Those that the controller knows; None where nobody tells.
        is_settled: Whether the controller has nothing more to change.
        answering: Addresses of the hosts that take requests on their own port.
    """

    at: float
    replicas: tuple[Replica, ...] | None
    is_settled: bool
    answering: frozenset[str]

    def running(self) -> dict[str, int]:
        """Running replicas by deployment."""
        counts: dict[str, int] = {}
        for one in self.replicas or ():
            counts[one.deployment] = counts.get(one.deployment, 0) + one.is_running
        return counts

    def ids(self, deployment: str | None = None) -> frozenset[str]:
        """Of all replicas, or those of one deployment."""
        return frozenset(
            one.id for one in self.replicas or () if deployment in {None, one.deployment}
        )

    def on(self, address: str) -> int:
        """How many replicas are on a host."""
        return sum(one.address == address for one in self.replicas or ())

    def together(self) -> tuple[str, ...]:
        """Deployments with several replicas, all of them on one host."""
        hosts: dict[str, list[str]] = {}
        for one in self.replicas or ():
            hosts.setdefault(one.deployment, []).append(one.address)
        return tuple(
            name for name, its in sorted(hosts.items()) if len(its) > 1 and len(set(its)) == 1
        )

    def is_whole(self, wanted: Mapping[str, int]) -> bool:
        """Whether exactly the wanted replicas are there and nothing is under way."""
        return self.is_settled and self.running() == dict(wanted) and self._all_run()

    def _all_run(self) -> bool:
        return all(one.is_running for one in self.replicas or ())


def read_state(state: Mapping[str, Any]) -> tuple[tuple[Replica, ...] | None, bool]:
    """The replicas, and whether all is settled, of an answer of ``/api/serve/applications/``.

    While Serve builds the application of a new file it names no deployments, though they go on.
    """
    deployments = state["applications"].get(APPLICATION, {}).get("deployments")
    if not deployments:
        return None, False
    replicas = tuple(
        Replica(one["replica_id"], name, one.get("node_ip") or "", one["state"] == "RUNNING")
        for name, deployment in deployments.items()
        for one in deployment["replicas"]
    )
    is_settled = state["applications"][APPLICATION]["status"] == "RUNNING" and all(
        deployment["status"] == "HEALTHY" for deployment in deployments.values()
    )
    return replicas, is_settled


class Watch(threading.Thread):
    """Looks twice a second until it is stopped.

    Args:
        state_url: Of Serve's state.
        token: Ray's, for it.
        health_urls: ``/-/healthz`` of each host, by its address.
    """

    def __init__(self, state_url: str, token: str, health_urls: Mapping[str, str]) -> None:
        super().__init__(name="watch", daemon=True)
        self._state_url = state_url
        self._headers = {"authorization": f"Bearer {token}"}
        self._health_urls = health_urls
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._looks: list[Look] = []

    @property
    def looks(self) -> list[Look]:
        """All until now."""
        with self._lock:
            return list(self._looks)

    def stop(self) -> None:
        """End it."""
        self._ended.set()
        self.join(_STOPS_WITHIN_S)

    def wait_for(self, holds: Callable[[Look], bool], since: float, within_s: float) -> Look:
        """The first look since a moment of which something holds.

        Raises:
            TimeoutError: There is none in time.
        """
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            for look in self.looks:
                if look.at >= since and holds(look):
                    return look
            if self.ident and not self.is_alive():
                break
            time.sleep(_LOOK_EVERY_S / 2)
        raise TimeoutError(f"not in {within_s:g} s; last: {self.looks[-1:]}")

    def run(self) -> None:
        """Look until it is stopped."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        # A connection each: one that was idle may be that of a host which is gone.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(trust_env=False, limits=limits) as http:
            while not self._ended.is_set():
                at = time.monotonic()
                healths = asyncio.gather(*(_is_up(http, url) for url in self._health_urls.values()))
                replicas, is_settled = await self._state(http)
                answers = await healths
                up = zip(self._health_urls, answers, strict=True)
                answering = frozenset(address for address, is_up in up if is_up)
                with self._lock:
                    self._looks.append(Look(at, replicas, is_settled, answering))
                await asyncio.sleep(max(0.0, at + _LOOK_EVERY_S - time.monotonic()))

    async def _state(self, http: httpx.AsyncClient) -> tuple[tuple[Replica, ...] | None, bool]:
        try:
            reply = await http.get(self._state_url, headers=self._headers, timeout=_STATE_WITHIN_S)
        except httpx.TransportError:
            return None, False
        if reply.status_code != HTTPStatus.OK:
            return None, False
        return read_state(reply.json())


async def _is_up(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url, timeout=_HEALTH_WITHIN_S)).status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False


def health_urls(addresses: Sequence[str], port: int) -> dict[str, str]:
    """Where each host says whether it takes requests, by its address."""
    return {address: f"http://{address}:{port}/-/healthz" for address in addresses}
