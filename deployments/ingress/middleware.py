"""ASGI middleware: trailing slashes, HEAD, request ids, the size of bodies, security headers."""

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.ingress.wording import body_too_large, file_too_large
from pipelines.errors import TooLarge

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def route_path(scope: Scope) -> str:
    """The path below the application's prefix, without a trailing slash; / is the application."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).rstrip("/") or "/"


class TrailingSlash:
    """Answers ``/route/`` as ``/route``.

    Control characters stay quoted, so that such a path is of no route: the router leaves out a line
    feed at the end, which the rules about paths do not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = _CONTROLS.sub(lambda found: quote(found[0]), scope["path"]).rstrip("/")
            root = path == scope.get("root_path", "")
            scope = {**scope, "path": f"{path}/" if root else path}
        await self._app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET without the body.

    Args:
        app: What answers.
        without: Routes that have no HEAD: their answers do not end by themselves, or are long and
            would be made for nothing.
    """

    def __init__(self, app: ASGIApp, without: Collection[str] = ()) -> None:
        self._app = app
        self._without = without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "HEAD"
            or route_path(scope) in self._without
        ):
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


class SecurityHeaders:
    """Tells browsers what to leave alone: of every answer, errors too.

    Nothing guesses a type, frames an answer, runs a script of one, or tells other sites its
    address; nothing is kept by a cache, unless the answer says otherwise by itself.

    Args:
        app: What answers.
        never_kept: Whether answers may not say otherwise: where keys are asked for, a browser's
            cache would show a picture to whoever has no key, or no longer. What is public stays.
    """

    _ALWAYS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-frame-options", b"DENY"),
    )
    _POLICY = b"content-security-policy"
    _CACHE = b"cache-control"
    _PUBLIC = b"public"

    def __init__(self, app: ASGIApp, *, never_kept: bool) -> None:
        self._app = app
        self._never_kept = never_kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._completed(message.get("headers", ()))}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _completed(self, answered: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = list(answered)
        if self._never_kept:
            headers = [one for one in headers if one[0] != self._CACHE or self._PUBLIC in one[1]]
        said = dict(headers)
        headers += [one for one in self._ALWAYS if one[0] not in said]
        if self._CACHE not in said:
            headers.append((self._CACHE, b"no-store"))
        if self._POLICY not in said:
            # The page of the API document has scripts.
            page = said.get(b"content-type", b"").startswith(b"text/html")
            policy = b"" if page else b"default-src 'none'; "
            headers.append((self._POLICY, policy + b"frame-ancestors 'none'"))
        return headers


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
