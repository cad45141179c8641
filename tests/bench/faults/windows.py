"""Requests around a fault, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from tests.bench.faults.traffic import Sent

NOISE_S: Final = 0.5
"""A fault's window begins so long before it: requests under way are hit as well."""


@dataclass(frozen=True, slots=True)
class Window:
    """What one fault did.

    Attributes:
        fault: Its name.
        at: When it was dealt, monotonic seconds.
        seconds: Length of the window from then on.
        sent: Requests that were due in the window.
        failed: Those of them without a right answer.
        refused: Those of the failed that the service refused: 429, 503.
        recovered_s: From the fault to the last failure's end; 0 where nothing failed.
        p99_before_ms: Of right answers in the window before the fault; None where there are none.
        p99_ms: Of right answers in this one.
        by_kind: Failures by kind of request.
        reasons: What failures said, with how often, the most frequent first.
    """

    fault: str
    at: float
    seconds: float
    sent: int
    failed: int
    refused: int
    recovered_s: float
    p99_before_ms: float | None
    p99_ms: float | None
    by_kind: Mapping[str, int]
    reasons: Sequence[tuple[str, int]]

    @property
    def failed_share(self) -> float:
        """Of the requests in the window, [0, 1]."""
        return self.failed / self.sent if self.sent else 0.0


def window(fault: str, sent: Sequence[Sent], span: tuple[float, float], before: float) -> Window:
    """Count the requests around a fault.

    Args:
        fault: Its name.
        sent: All requests of the run.
        span: When the fault was dealt and when its window ends, monotonic seconds.
        before: When the window before it begins.
    """
    at, until = span
    inside = [one for one in sent if at - NOISE_S <= one.due < until]
    earlier = [one for one in sent if before <= one.due < at - NOISE_S]
    failed = [one for one in inside if not one.is_right]
    kinds = sorted({one.kind for one in inside})
    reasons: dict[str, int] = {}
    for one in failed:
        said = f"{one.status} {one.body[:120].decode('utf-8', 'replace')}"
        reasons[said] = reasons.get(said, 0) + 1
    return Window(
        fault,
        at,
        until - at,
        len(inside),
        len(failed),
        sum(one.was_refused for one in failed),
        max((one.due + one.took - at for one in failed), default=0.0),
        p99_ms(earlier),
        p99_ms(inside),
        {kind: sum(one.kind == kind for one in failed) for kind in kinds},
        sorted(reasons.items(), key=lambda item: (-item[1], item[0])),
    )


def p99_ms(sent: Sequence[Sent]) -> float | None:
    """The 99th percentile of right answers, milliseconds: of few answers it is the slowest."""
    took = sorted(1000 * one.took for one in sent if one.is_right)
    return took[ceil(0.99 * len(took)) - 1] if took else None


def last_failure(sent: Sequence[Sent], since: float) -> float:
    """When the last failure of requests due since a moment ended; that moment where none did."""
    return max(
        (one.due + one.took for one in sent if one.due >= since - NOISE_S and not one.is_right),
        default=since,
    )
