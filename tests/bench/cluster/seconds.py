"""A phase second by second."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from tests.bench.cluster.watching import Look
from tests.bench.faults.traffic import Sent


@dataclass(frozen=True, slots=True)
class Second:
    """One second.

    Attributes:
        at_s: Its begin, seconds since the blow; before it below 0.
        sent: Requests that were due in it.
        failed: Those of them without a right answer.
        slowest_ms: Of the right answers; 0 where there are none.
        running: Replicas that run, of all deployments; None where nobody tells.
        answering: Hosts that take requests.
    """

    at_s: int
    sent: int
    failed: int
    slowest_ms: float
    running: int | None
    answering: int


def seconds(
    sent: Sequence[Sent], looks: Sequence[Look], at: float, span: tuple[float, float]
) -> list[Second]:
    """Counts requests by the second in which they were due.

    Args:
        sent: All requests of the run.
        looks: All looks of the run, in order; a second takes its last one, or the one before.
        at: When the blow fell, monotonic seconds.
        span: The first and the last moment to be counted.
    """
    first, last = (floor(moment - at) for moment in span)
    counted = []
    for second in range(first, last):
        due = [one for one in sent if second <= one.due - at < second + 1]
        right = [1000 * one.took for one in due if one.is_right]
        seen = [one for one in looks if one.at - at < second + 1]
        look = seen[-1] if seen else None
        counted.append(
            Second(
                second,
                len(due),
                len(due) - len(right),
                max(right, default=0.0),
                None if look is None or look.replicas is None else sum(look.running().values()),
                0 if look is None else len(look.answering),
            )
        )
    return counted
