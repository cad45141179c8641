"""Listens to the application while it goes on answering: its answers here have no end yet."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

_PATIENCE_S = 20


class Answer:
    """An answer that is still coming.

    Attributes:
        status: HTTP status.
        headers: By lower-case name.
    """

    def __init__(self, sent: "asyncio.Queue[dict[str, Any]]", start: dict[str, Any]) -> None:
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self._sent = sent

    async def piece(self) -> str:
        """What comes next."""
        async with asyncio.timeout(_PATIENCE_S):
            message = await self._sent.get()
        return bytes(message["body"]).decode()


@asynccontextmanager
async def listening(
    app: FastAPI, path: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Answer]:
    """Asks for a path and hangs up at the end."""
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    hung_up = asyncio.Event()
    asked = False
    where, _, query = path.partition("?")

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    request = asyncio.create_task(app(scope, receive, sent.put))  # type: ignore[arg-type]  # plain dicts
    try:
        async with asyncio.timeout(_PATIENCE_S):
            yield Answer(sent, await sent.get())
    finally:
        hung_up.set()
        async with asyncio.timeout(_PATIENCE_S):
            await request
