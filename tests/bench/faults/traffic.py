"""A steady load of requests of several kinds, and what became of each."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from tests.bench.throughput.connection import Connection

TIMEOUT_S: Final = 15.0
MOST_REQUESTS: Final = 50_000

_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests of one kind.

    Attributes:
        rate: Requests a second.
        requests: What is sent, a request a turn; the stream ends where they end.
        answers: Statuses that are right answers.
    """

    rate: float
    requests: Iterator[bytes]
    answers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request.

    Attributes:
        kind: Its stream.
        due: When it was to be sent, by ``time.monotonic``.
        took: Seconds from then to the answer.
        status: Of the answer; 0 where none came.
        body: Of the answer, or why there is none.
        is_right: Whether it is one of the stream's answers.
    """

    kind: str
    due: float
    took: float
    status: int
    body: bytes
    is_right: bool

    @property
    def was_refused(self) -> bool:
        """Whether the service said that it cannot serve it now."""
        return self.status in _BUSY


class Traffic(threading.Thread):
    """Sends every stream at its rate, whatever became of the requests before.

    Every request has a connection of its own: one that was idle could be closed by the server just
    when it is used again, which is no fault's doing.

    Args:
        port: Of the service on 127.0.0.1.
        streams: By name.
    """

    def __init__(self, port: int, streams: Mapping[str, Stream]) -> None:
        super().__init__(name="traffic", daemon=True)
        self._port = port
        self._streams = streams
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._sent: list[Sent] = []

    @property
    def sent(self) -> list[Sent]:
        """All requests that have ended until now, in the order of their ends."""
        with self._lock:
            return list(self._sent)

    def run(self) -> None:
        """Send until it is stopped."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """End it, and wait for the requests under way."""
        self._ended.set()
        self.join(2 * TIMEOUT_S)

    async def _run(self) -> None:
        await asyncio.gather(*(self._stream(*one) for one in self._streams.items()))

    async def _stream(self, kind: str, stream: Stream) -> None:
        under_way: set[asyncio.Task[None]] = set()
        began = time.monotonic()

        async def ask(request: bytes, due: float) -> None:
            link = Connection(self._port)
            reply = await link.ask(request, TIMEOUT_S)
            link.close()
            is_right = reply.status in stream.answers
            one = Sent(kind, due, time.monotonic() - due, reply.status, reply.body, is_right)
            with self._lock:
                self._sent.append(one)

        for turn, request in zip(range(MOST_REQUESTS), stream.requests, strict=False):
            due = began + turn / stream.rate
            while (early := due - time.monotonic()) > 0 and not self._ended.is_set():
                await asyncio.sleep(min(early, 0.1))
            if self._ended.is_set():
                break
            task = asyncio.create_task(ask(request, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
