"""``/``: the console's page, and what it loads."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from deployments.ingress.console.files import ConsoleFiles, File
from deployments.ingress.v1.conditions import tag_fits
from pipelines.errors import NotFound

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Own files alone, and no way to make markup or code of a text."""

_PAGE_HEADERS: Final = {
    "content-security-policy": CONTENT_POLICY,
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}
# The files are alike for everybody, so they may be kept where keys are asked for too.
_ASK_AGAIN: Final = "public, no-cache"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NOT_MODIFIED: Final = 304
_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?(,|\s|$))", re.IGNORECASE)

IfNoneMatch = Annotated[str | None, Header(max_length=1000)]
AcceptEncoding = Annotated[str, Header()]


def console_routes() -> APIRouter:
    """Builds the routes; they are for browsers and stay out of the API document."""
    router = APIRouter(include_in_schema=False)
    files = ConsoleFiles.read()

    @router.get("/")
    async def page(
        request: Request, if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = ""
    ) -> Response:
        """The page; it names its files by an address that changes with any content."""
        index = files.index(request.scope.get("root_path", ""))
        headers = {**_PAGE_HEADERS, "cache-control": _ASK_AGAIN}
        return _answer(index, headers, if_none_match, accept_encoding)

    @router.get("/console/{version}/{name}")
    async def part(
        version: str,
        name: str,
        if_none_match: IfNoneMatch = None,
        accept_encoding: AcceptEncoding = "",
    ) -> Response:
        """One file of the page."""
        file = files.find(version, name)
        if file is None:
            raise NotFound("the console has no such file, load its page again")
        return _answer(file, {"cache-control": _FOR_EVER}, if_none_match, accept_encoding)

    return router


def _answer(
    file: File, headers: Mapping[str, str], if_none_match: str | None, accept_encoding: str
) -> Response:
    headers = {**headers, "etag": file.tag, "vary": "accept-encoding"}
    if tag_fits(if_none_match, file.tag.removeprefix("W/")):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    if not _GZIP.search(accept_encoding):
        return Response(file.data, media_type=file.media_type, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(file.compressed, media_type=file.media_type, headers=headers)
