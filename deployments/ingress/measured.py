"""ASGI middleware: how many requests, how they are answered, and how long each takes."""

import time
from collections.abc import Container

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.ingress.middleware import route_path
from deployments.metrics import REQUEST_SECONDS, REQUESTS, REQUESTS_IN_FLIGHT

_OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNANSWERED = "none"


class Measured:
    """Measures requests; those whose caller went away before the answer have the status ``none``.

    Args:
        app: What is measured.
        paths: Routes without parameters. A request that is refused before its route is known is
            counted under its path where it is one of these.
        streams: Routes whose answers go on: they count to their first byte, as answered.
    """

    def __init__(self, app: ASGIApp, paths: Container[str], streams: Container[str] = ()) -> None:
        self._app = app
        self._paths = paths
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _UNANSWERED
        counted = False
        began_at = time.perf_counter()

        def count() -> None:
            nonlocal counted
            if counted:
                return
            counted = True
            route = self._route(scope)
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            REQUESTS_IN_FLIGHT.dec()
            REQUESTS.labels(route, method, status).inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - began_at)

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                if route_path(scope) in self._streams:
                    count()
            await send(message)

        REQUESTS_IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, noting_send)
        finally:
            count()

    def _route(self, scope: Scope) -> str:
        """A word of few: callers may not make up new time series."""
        if "route" in scope:
            pattern: str = scope["route"].path
            return pattern
        path = route_path(scope)
        return path if path in self._paths else _OTHER
