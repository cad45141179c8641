"""ASGI middleware: how long a request's body may take to arrive."""

import asyncio
from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.ingress.middleware import route_path
from deployments.ingress.wording import TOO_SLOW
from pipelines.errors import TooSlow

LEAST_BYTES_PER_S: Final = 32_768
"""A quarter of a megabit a second: a bad mobile line."""


class BodyTime:
    """Refuses bodies that arrive too slowly: a few callers could otherwise hold every place.

    Inside the application, reading the body raises TooSlow; the error handler words the answer.

    Args:
        app: What is protected.
        timeout_s: From the headers to the end of the body; each ``LEAST_BYTES_PER_S`` that have
            arrived lengthen it by a second, so that a large picture may come over a slow line.
        unlimited: Routes whose bodies are files and have their own limit.
    """

    def __init__(self, app: ASGIApp, timeout_s: float, unlimited: Collection[str] = ()) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or route_path(scope) in self._unlimited:
            await self._app(scope, receive, send)
            return
        latest = asyncio.get_running_loop().time() + self._timeout_s
        arrived = False

        async def receive_in_time() -> Message:
            nonlocal arrived, latest
            if arrived:  # what is received from now on is the end of the connection
                return await receive()
            try:
                async with asyncio.timeout_at(latest) as deadline:
                    message = await receive()
            except TimeoutError as error:
                if not deadline.expired():
                    raise
                raise TooSlow(TOO_SLOW, {"timeout_s": self._timeout_s}) from error
            arrived = not message.get("more_body", False)
            latest += len(message.get("body", b"")) / LEAST_BYTES_PER_S
            return message

        await self._app(scope, receive_in_time, send)
