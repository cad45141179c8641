"""One load on a service, counted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import numpy as np

from tests.bench.throughput.connection import Reply
from tests.bench.throughput.load import NOT_SENT, Asked
from tests.bench.throughput.reasons import reason_of

RIGHT: Final = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
"""What pictures may get: also that they show no plate, or no face."""

REFUSALS: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for.

    Attributes:
        name: For the table.
        seconds: For so long requests are begun.
        rate: Requests a second, whatever became of those before; None where a number of clients
            ask one after the other.
    """

    name: str
    seconds: float
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds from when requests were due to their answers; None where there are none."""

    p50: float | None
    p99: float | None

    @classmethod
    def of(cls, asked: Collection[Asked]) -> "Times":
        """Of these requests."""
        if not asked:
            return cls(None, None)
        p50, p99 = np.quantile([1000 * one.took for one in asked], (0.5, 0.99))
        return cls(float(p50), float(p99))


@dataclass(frozen=True, slots=True)
class Spent:
    """What a load took of the machine.

    Attributes:
        client: Cores that the client was busy with.
        service: The same by group of processes.
        client_waited: Of each second, how long the client waited for a free core.
        waited: The same by group of processes, the threads of a group added up.
        resident_mb: Most memory of the service's processes, MB of RSS by group; what is shared
            counts for each of them.
    """

    client: float
    service: Mapping[str, float]
    client_waited: float
    waited: Mapping[str, float]
    resident_mb: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a load.

    Attributes:
        load: What was asked for.
        sent: Requests that were sent.
        unsent: Requests that the client could not send, since too many were under way.
        late_p99_ms: How late the client was in sending; part of all times.
        accepted: Requests with a right answer.
        rate: Right answers a second while requests were begun.
        accepted_ms: How long these took.
        refused: Those with 429 or 503, by what they said.
        with_retry_after: How many of these say when to come again.
        refused_ms: How long they took.
        failed: Those with anything else, by what they said.
        spent: What it took of the machine.
    """

    load: Load
    sent: int
    unsent: int
    late_p99_ms: float
    accepted: int
    rate: float
    accepted_ms: Times
    refused: Mapping[str, int]
    with_retry_after: int
    refused_ms: Times
    failed: Mapping[str, int]
    spent: Spent

    @property
    def offered(self) -> float:
        """Requests a second that were really sent."""
        return self.sent / self.load.seconds


def counted(load: Load, asked: Sequence[Asked], began: float, spent: Spent) -> Step:
    """Count what became of a load's requests.

    Args:
        load: What was asked for.
        asked: All its requests, each of one part.
        began: When it began, by ``time.perf_counter``.
        spent: What it took of the machine.
    """
    sent = [one for one in asked if one.replies[0] != NOT_SENT]
    accepted = [one for one in sent if one.replies[0].status in RIGHT]
    refused = [one for one in sent if one.replies[0].status in REFUSALS]
    failed = [one for one in sent if one.replies[0].status not in RIGHT | REFUSALS]
    late = [1000 * one.late for one in sent]
    until = began + load.seconds
    return Step(
        load,
        len(sent),
        len(asked) - len(sent),
        float(np.quantile(late, 0.99)) if late else 0.0,
        len(accepted),
        sum(one.ended <= until for one in accepted) / load.seconds,
        Times.of(accepted),
        _reasons([one.replies[0] for one in refused]),
        sum(one.replies[0].retry_after.isdecimal() for one in refused),
        Times.of(refused),
        _reasons([one.replies[0] for one in failed]),
        spent,
    )


def calm_again_after(asked: Sequence[Asked], began: float, usual_p99_ms: float) -> float:
    """Seconds until a gentle load was answered as usual again, and stayed so.

    Args:
        asked: Its requests, which began right after the overload.
        began: When that was, by ``time.perf_counter``.
        usual_p99_ms: Of such a load before; twice of it still counts as usual.

    Returns:
        The end of the last request that was not answered rightly or took longer; 0 without any.
    """
    slow = (
        one.ended - began
        for one in asked
        if one.replies[0].status not in RIGHT or 1000 * one.took > 2 * usual_p99_ms
    )
    return max(slow, default=0.0)


def _reasons(replies: Collection[Reply]) -> dict[str, int]:
    return dict(Counter(map(reason_of, replies)).most_common())
