"""ASGI middleware: trailing slashes, HEAD, request ids and the size of bodies."""

import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.ingress.wording import body_too_large, file_too_large
from pipelines.errors import TooLarge

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def route_path(scope: Scope) -> str:
    """The path below the application's prefix, without a trailing slash."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).rstrip("/")


class TrailingSlash:
    """Answers ``/route/`` as ``/route``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self._app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


class RequestId:
    """Knows each request's id, for logs and error bodies.

    Serve has given every request an ``x-request-id`` by now, or kept the caller's own, and answers
    that header itself. An id of the caller's that is no plain token stays out of our logs and
    error bodies, which then carry another one than Serve's header.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = Headers(scope=scope).get("x-request-id", "")
            request_id.set(sent if _SAFE_ID.fullmatch(sent) else uuid.uuid4().hex)
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over ``max_bytes``: at the header, or at the first byte too many.

    Inside the application, reading the body raises TooLarge; the error handler words the answer.

    Args:
        app: What is protected.
        max_bytes: Of a body.
        files: By route, the larger limits of bodies that are files.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, files: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        of_file = self._files.get(route_path(scope))
        max_bytes = self._max_bytes if of_file is None else of_file
        too_long = declared.isdecimal() and int(declared[:20]) > max_bytes
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            if too_long:
                raise _too_large(max_bytes, of_file)
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > max_bytes:
                    raise _too_large(max_bytes, of_file)
            return message

        await self._app(scope, limited_receive, send)


def _too_large(max_bytes: int, of_file: int | None) -> TooLarge:
    if of_file is None:
        return TooLarge(body_too_large(max_bytes), {"max_body_bytes": max_bytes})
    return TooLarge(file_too_large(max_bytes), {"max_import_bytes": max_bytes})
