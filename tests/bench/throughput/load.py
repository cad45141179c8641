"""Loads: so many clients who ask one picture after another, or so many pictures a second."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.throughput.connection import Connection, Reply

MOST_REQUESTS: Final = 20_000
"""Of one slice, so that a server that refuses at once does not keep the bench busy."""

MOST_CONNECTIONS: Final = 2_000
TIMEOUT_S: Final = 30.0

NOT_SENT: Final = Reply(0, b"too many under way")

Requests = Sequence[tuple[bytes, ...]]
"""One entry a picture: what is sent at once, and together counts as one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture that was asked about.

    Attributes:
        picture: Its place among the requests.
        began: When it was due, by ``time.perf_counter``.
        took: Seconds until its last answer.
        replies: One a request.
        late: Seconds from when it was due until it was begun.
    """

    picture: int
    began: float
    took: float
    replies: tuple[Reply, ...]
    late: float = 0.0

    @property
    def ended(self) -> float:
        """When its last answer was there."""
        return self.began + self.took


async def closed(
    port: int, requests: Requests, clients: int, seconds: float, first: int = 0
) -> list[Asked]:
    """Clients who each ask the next picture as soon as they have their answer.

    One who is refused with ``Retry-After`` asks the next picture so much later.

    Args:
        port: Of the server on 127.0.0.1.
        requests: Asked in turn, again from the start after the last.
        clients: Pictures under way at once.
        seconds: No picture is begun later; those under way are awaited.
        first: The picture to begin with.
    """
    asked: list[Asked] = []
    until = time.perf_counter() + seconds
    turns = iter(range(first, first + MOST_REQUESTS))

    async def client() -> None:
        links = [Connection(port) for _ in requests[0]]
        try:
            while (began := time.perf_counter()) < until:
                turn = next(turns, None)
                if turn is None:
                    return
                picture = turn % len(requests)
                replies = await _together(links, requests[picture])
                asked.append(Asked(picture, began, time.perf_counter() - began, replies))
                if told := max(float(reply.retry_after or 0) for reply in replies):
                    await asyncio.sleep(min(told, until - time.perf_counter()))
        finally:
            _close(links)

    await asyncio.gather(*(client() for _ in range(clients)))
    return asked


async def open_loop(port: int, requests: Requests, rate: float, seconds: float) -> list[Asked]:
    """Pictures that come at a steady rate, whatever became of those before.

    Time counts from the moment when a picture was due, so that a server that makes the sender late
    does not hide it.

    Args:
        port: Of the server on 127.0.0.1.
        requests: Asked in turn.
        rate: Pictures a second.
        seconds: For so long.
    """
    asked: list[Asked] = []
    spare: list[list[Connection]] = []
    under_way: set[asyncio.Task[None]] = set()
    began = time.perf_counter()

    async def ask(turn: int, due: float) -> None:
        picture = turn % len(requests)
        late = time.perf_counter() - due
        links = spare.pop() if spare else [Connection(port) for _ in requests[0]]
        replies = await _together(links, requests[picture])
        asked.append(Asked(picture, due, time.perf_counter() - due, replies, late))
        spare.append(links)

    for turn in range(min(MOST_REQUESTS, int(rate * seconds))):
        due = began + turn / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if len(under_way) >= MOST_CONNECTIONS:
            asked.append(Asked(turn % len(requests), due, 0.0, (NOT_SENT,)))
            continue
        task = asyncio.create_task(ask(turn, due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    for links in spare:
        _close(links)
    return asked


async def _together(links: Sequence[Connection], parts: tuple[bytes, ...]) -> tuple[Reply, ...]:
    if len(parts) == 1:
        return (await links[0].ask(parts[0], TIMEOUT_S),)
    asking = (link.ask(part, TIMEOUT_S) for link, part in zip(links, parts, strict=True))
    return tuple(await asyncio.gather(*asking))


def _close(links: Sequence[Connection]) -> None:
    for link in links:
        link.close()
