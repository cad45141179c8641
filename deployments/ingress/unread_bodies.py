"""Answers to requests whose bodies nobody reads."""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from configs.settings import MOST_BODY_BYTES

GRACE_S: Final = 10.0
"""For the rest of a body to arrive."""


async def answer_unread(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a request whose body was not read, or not to its end, and closes the connection.

    The answer goes out at once. Then what still comes of the body is thrown away, for a while and
    up to the size that bodies may have: to close the connection under a caller who is sending
    resets it, and many callers read no answer before they have sent everything.

    Args:
        response: The answer; gets ``connection: close`` where there is a body.
        scope: Of the request.
        receive: The same.
        send: The same.
    """
    headers = Headers(scope=scope)
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        await response(scope, receive, send)
        return
    response.headers["connection"] = "close"

    async def send_and_discard(message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body", False):
            await send(message)
            return
        await send({**message, "more_body": True})
        if "expect" not in headers:  # who waits for leave to send has none
            await _discard(receive)
        await send({"type": "http.response.body", "body": b""})

    await response(scope, receive, send_and_discard)


async def _discard(receive: Receive) -> None:
    left = MOST_BODY_BYTES
    try:
        async with asyncio.timeout(GRACE_S):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):  # also where the caller has gone
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
