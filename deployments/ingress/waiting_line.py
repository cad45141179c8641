"""How many requests of a route wait, and how long one more would."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Receive, Send

LEAST: Final = 8
"""So many may always wait: with fewer, too little is seen to judge by."""

WINDOW_S: Final = 3.0
"""Answers are counted over so long."""

_FIRST_S: Final = 1.0
"""Shortest time that is judged by."""


class WaitingLine:
    """Requests of one route whose bodies are here, and whose answers have not begun.

    One more waits for those before it: by Little's law their number over the answers a second. A
    client that is slow in sending or reading does not stand in the line. Answers count while the
    line is long alone, since how many a quiet route answers says nothing of how many it could.

    Args:
        max_wait_s: Longest time that another request may have to wait; None for any.
        clock: Seconds, never going back.
    """

    def __init__(
        self, max_wait_s: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_wait_s = max_wait_s
        self._clock = clock
        self._waiting = 0
        self._long_since: float | None = None
        self._answered: deque[float] = deque()

    @property
    def is_full(self) -> bool:
        """Whether another request would wait for too long."""
        if self._max_wait_s is None or self._long_since is None or self._waiting < LEAST:
            return False
        now = self._clock()
        seen_s = min(now - self._long_since, WINDOW_S)
        if seen_s < _FIRST_S:
            return False
        while self._answered and self._answered[0] < now - WINDOW_S:
            self._answered.popleft()
        return self._waiting >= len(self._answered) / seen_s * self._max_wait_s

    def join(self) -> None:
        """A request's body is here."""
        self._waiting += 1
        if self._long_since is None and self._waiting >= LEAST:
            self._long_since = self._clock()

    def leave(self, *, answered: bool) -> None:
        """A request's answer begins, or its client has gone."""
        self._waiting -= 1
        if self._long_since is None:
            return
        # Not at once: a line that its limit keeps at LEAST would be taken for a quiet one.
        if self._waiting < LEAST // 2:
            self._long_since = None
            self._answered.clear()
        elif answered:
            self._answered.append(self._clock())


class Place:
    """One request's place in a line: taken when its body is here, left when its answer begins.

    Args:
        line: Where it stands.
        receive: Of the request.
        send: The same.
    """

    def __init__(self, line: WaitingLine, receive: Receive, send: Send) -> None:
        self._line = line
        self._receive = receive
        self._send = send
        self._stands = False
        self._has_left = False

    async def receive(self) -> Message:
        """The same, and joins the line with the end of the body."""
        message = await self._receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        if is_whole and not self._stands and not self._has_left:
            self._stands = True
            self._line.join()
        return message

    async def send(self, message: Message) -> None:
        """The same, and leaves the line first."""
        self._leave(answered=True)
        await self._send(message)

    def leave(self) -> None:
        """Without an answer, if there was none; never joins again."""
        self._leave(answered=False)

    def _leave(self, *, answered: bool) -> None:
        self._has_left = True
        if self._stands:
            self._stands = False
            self._line.leave(answered=answered)
