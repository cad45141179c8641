"""Bodies too large for memory: received into a temporary file."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, Final

from fastapi import Request
from starlette.exceptions import HTTPException

from deployments.ingress.wording import file_too_large
from pipelines.errors import InvalidRequest, TooLarge, Unavailable

_TYPES: Final = frozenset(
    {
        "",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
        "application/x-www-form-urlencoded",  # what curl says of --data-binary
    }
)
_UNSUPPORTED_MEDIA_TYPE: Final = 415
_WRITTEN_AT_ONCE: Final = 1024 * 1024


@asynccontextmanager
async def spooled(request: Request, max_bytes: int) -> AsyncIterator[BinaryIO]:
    """The body as a file at its beginning, gone at the end.

    Raises:
        InvalidRequest: The body is empty.
        TooLarge: It has more than ``max_bytes``.
        Unavailable: There is no room for it.
        HTTPException: 415, it is of another kind.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise HTTPException(
            _UNSUPPORTED_MEDIA_TYPE, "send the file itself as the body, as application/gzip"
        )
    with tempfile.TemporaryFile() as file:
        received, waiting = 0, bytearray()
        try:
            async for chunk in request.stream():
                received += len(chunk)
                if received > max_bytes:
                    raise TooLarge(file_too_large(max_bytes), {"max_import_bytes": max_bytes})
                waiting += chunk
                if len(waiting) >= _WRITTEN_AT_ONCE:
                    await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(file.write, bytes(waiting))
        except OSError as error:
            raise Unavailable(
                "there is no room to receive the file, free some or set TMPDIR"
            ) from error
        if not received:
            raise InvalidRequest("the body is empty, send the exported file")
        file.seek(0)
        yield file
