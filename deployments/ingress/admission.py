"""ASGI middleware: how many requests are under way, and for how long each."""

import asyncio
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from configs.settings import LimitSettings
from deployments.arrival import Arrival, note_arrival
from deployments.ingress.errors import answer
from deployments.ingress.middleware import route_path
from deployments.ingress.unread_bodies import answer_unread
from deployments.ingress.wording import BUSY, too_late
from deployments.route_load import RouteLoad
from pipelines.errors import GatehouseError, Overloaded, Unavailable

_NUMBERS = re.compile(r"\d+")
"""In a path: ids."""

_MOST_ROUTES = 1024
"""Whose loads are kept: those asked for last."""

HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Answered however busy the service is."""


class Admission:
    """Refuses requests beyond the limits, and gives up those that take too long.

    Every request admitted counts from its arrival to the end of its answer, whether it works or
    waits. Bodies count by their declared size; one without counts as the largest allowed. What is
    larger than bodies may be is not kept in memory, and counts nothing. Where requests of a route
    are at the stages for longer than ``max_wait_s``, no more are admitted.

    Args:
        app: What is protected.
        limits: Of everything at once, and of one request.
        timeouts_s: By route, the longer times that some may take.
        uncounted: Routes that are answered however busy the service is, and take their time.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: LimitSettings,
        timeouts_s: Mapping[str, float] = MappingProxyType({}),
        uncounted: Collection[str] = HEALTH_PATHS,
    ) -> None:
        self._app = app
        self._limits = limits
        self._timeouts_s = timeouts_s
        self._uncounted = uncounted
        self._requests = 0
        self._bytes = 0
        self._load_of = lru_cache(_MOST_ROUTES)(_new_load)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or route_path(scope) in self._uncounted:
            await self._app(scope, receive, send)
            return
        size = self._body_bytes(Headers(scope=scope))
        route = f"{scope['method']} {_NUMBERS.sub('#', route_path(scope))}"
        load = self._load_of(route)
        if (
            self._requests >= self._limits.max_requests_in_flight
            or self._bytes + size > self._limits.max_bytes_in_flight
            or self._would_stay(load)
        ):
            await _refuse(scope, receive, send, Overloaded(BUSY))
            return
        self._requests += 1
        self._bytes += size
        try:
            await self._in_time(note_arrival(load), scope, receive, send)
        finally:
            self._requests -= 1
            self._bytes -= size

    def _would_stay(self, load: RouteLoad) -> bool:
        longest_s = self._limits.max_wait_s
        return longest_s is not None and load.stay_s > longest_s

    def _body_bytes(self, headers: Headers) -> int:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and declared.isascii():
            size = int(declared[:20])
            # A body over the limit is refused unread.
            return size if size <= self._limits.max_body_bytes else 0
        return self._limits.max_body_bytes if "transfer-encoding" in headers else 0

    async def _in_time(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        timeout_s = self._timeouts_s.get(route_path(scope), self._limits.request_timeout_s)
        try:
            async with asyncio.timeout(timeout_s) as deadline:

                async def send_in_time(message: Message) -> None:
                    # A caller that is slow to read an answer is no business of the deadline.
                    deadline.reschedule(None)
                    await send(message)

                with arrival.until_answered():
                    await self._app(scope, receive, send_in_time)
        except TimeoutError:
            if not deadline.expired():
                raise
            await _refuse(scope, receive, send, Unavailable(too_late(timeout_s)))


def _new_load(_route: str) -> RouteLoad:
    return RouteLoad()


async def _refuse(scope: Scope, receive: Receive, send: Send, error: GatehouseError) -> None:
    await answer_unread(answer(scope, error), scope, receive, send)
