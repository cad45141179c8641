"""Answers to requests whose bodies nobody reads."""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from configs.settings import MOST_BODY_BYTES

_DIGITS: Final = 20


def leave_unread(response: Response, request: Headers) -> None:
    """Makes an answer fit for a request whose body was not read, or not to its end.

    The server discards what still comes of a body of a size that bodies may have, and the
    connection goes on: to close it would reset it under a caller who is still sending, and many
    callers read no answer before they have sent everything. Where more may come than that, or
    nobody knows how much, it is closed.

    Args:
        response: The answer; gets ``connection: close`` where it has to.
        request: The headers of the request.
    """
    declared = request.get("content-length", "0")
    endless = "transfer-encoding" in request or not (declared.isascii() and declared.isdecimal())
    if endless or int(declared[:_DIGITS]) > MOST_BODY_BYTES:
        response.headers["connection"] = "close"
