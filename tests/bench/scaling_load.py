"""Load for the scaling bench: as many requests as are kept under way, or so many each second."""

import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final

import numpy as np

NOT_ANSWERED: Final = 0
"""Stands for a status where the connection failed."""


@dataclass(frozen=True, slots=True)
class Target:
    """A request, sent again and again.

    Attributes:
        name: For tables.
        method: GET or POST.
        path: With the query.
        body: Of a POST: an encoded picture.
    """

    name: str
    method: str
    path: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one request; times are seconds of ``time.monotonic``.

    Attributes:
        name: Of its target.
        due: When it was sent, or was to be sent by its schedule.
        ended: When its answer was read.
        status: Of HTTP, or ``NOT_ANSWERED``.
    """

    name: str
    due: float
    ended: float
    status: int

    @property
    def is_answer(self) -> bool:
        """Whether the service did what was asked."""
        return self.status == HTTPStatus.OK

    @property
    def ms(self) -> float:
        """From when it was due to its end."""
        return 1000 * (self.ended - self.due)


class Caller:
    """One connection that stays open; for one thread.

    Args:
        port: Of the service on this machine.
        timeout_s: For one answer.
    """

    def __init__(self, port: int, timeout_s: float) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def call(self, target: Target, due: float | None = None) -> Reply:
        """Send one request and read its answer, which may be a failure."""
        sent = time.monotonic() if due is None else due
        try:
            self._connection.request(
                target.method, target.path, target.body, {"content-type": "image/jpeg"}
            )
            response = self._connection.getresponse()
            response.read()
            status = response.status
        except (HTTPException, OSError):
            self._connection.close()
            status = NOT_ANSWERED
        return Reply(target.name, sent, time.monotonic(), status)


@dataclass(slots=True)
class KeptUnderWay:
    """A load that keeps a number of requests under way, each by a caller of its own.

    Attributes:
        port: Of the service.
        target: What is asked.
        callers: Requests under way.
        spread_s: The callers begin over this time, so that the replicas do not end together.
        settle_s: From the first caller's begin on nothing is counted for this long.
        timeout_s: For one answer.
    """

    port: int
    target: Target
    callers: int
    spread_s: float
    settle_s: float
    timeout_s: float = 60.0
    _replies: list[Reply] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float) -> list[Reply]:
        """Everything that ended within this time, once the load has settled."""
        threads = [
            threading.Thread(target=self._call, args=(self.spread_s * place / self.callers,))
            for place in range(self.callers)
        ]
        for thread in threads:
            thread.start()
        time.sleep(self.settle_s)
        began = time.monotonic()
        time.sleep(seconds)
        ended = time.monotonic()
        self._end.set()
        for thread in threads:
            thread.join()
        return [reply for reply in self._replies if began <= reply.ended <= ended]

    def _call(self, after_s: float) -> None:
        caller = Caller(self.port, self.timeout_s)
        self._end.wait(after_s)
        while not self._end.is_set():
            reply = caller.call(self.target)
            self._replies.append(reply)
            if not reply.is_answer:
                self._end.wait(0.05)  # a service that refuses is not asked in a hot loop


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests at a steady rate.

    Attributes:
        target: What is asked.
        start_s: Of the first one, from the beginning of the load.
        end_s: No request is due from here on.
        per_s: Requests a second.
    """

    target: Target
    start_s: float
    end_s: float
    per_s: float

    def due(self) -> list[float]:
        """When its requests are due, seconds from the beginning of the load."""
        count = max(0, round((self.end_s - self.start_s) * self.per_s))
        return [self.start_s + place / self.per_s for place in range(count)]


def offer(port: int, flows: Sequence[Flow], callers: int, timeout_s: float = 60.0) -> list[Reply]:
    """Send the requests of all flows when they are due, whether or not earlier ones are answered.

    Args:
        port: Of the service.
        flows: What is asked, and when; times count from the call.
        callers: Most requests under way; one that finds none free counts from when it was due.
        timeout_s: For one answer.

    Returns:
        One reply a request, in the order in which they were due.
    """
    local = threading.local()

    def call(target: Target, due: float) -> Reply:
        if not hasattr(local, "caller"):
            local.caller = Caller(port, timeout_s)
        caller: Caller = local.caller
        return caller.call(target, due)

    planned = sorted(
        ((due, flow.target) for flow in flows for due in flow.due()), key=lambda one: one[0]
    )
    began = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        sent: list[Future[Reply]] = []
        for due, target in planned:
            time.sleep(max(0.0, began + due - time.monotonic()))
            sent.append(pool.submit(call, target, began + due))
        return [one.result() for one in sent]


def rate(replies: Sequence[Reply]) -> float:
    """Answers a second: the slope of the line fitted to their number over time.

    Replicas that began together end together. Whether a short span holds one such burst more or
    less would change a quotient of two numbers by some percent, and hardly changes the slope.
    """
    ends = np.sort([reply.ended for reply in replies if reply.is_answer])
    if len(ends) < 2 or ends[-1] == ends[0]:
        return 0.0
    return float(np.polyfit(ends - ends[0], np.arange(len(ends)), 1)[0])


def percentile(replies: Sequence[Reply], share: float) -> float:
    """The time within which this share of the answers came, milliseconds; NaN without answers."""
    times = sorted(reply.ms for reply in replies if reply.is_answer)
    if not times:
        return float("nan")
    return times[min(len(times) - 1, int(share * len(times)))]


def by_name(replies: Sequence[Reply]) -> dict[str, list[Reply]]:
    """The replies of each target."""
    ordered = sorted(replies, key=lambda reply: reply.name)
    return {
        name: list(its) for name, its in itertools.groupby(ordered, key=lambda reply: reply.name)
    }
