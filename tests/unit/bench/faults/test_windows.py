"""Requests around a fault."""

from typing import Any

import pytest

from tests.bench.faults.traffic import Sent
from tests.bench.faults.windows import last_failure, p99_ms, window


def _sent(due: float, status: int = 200, took: float = 0.1, **fields: Any) -> Sent:
    kind, body = fields.get("kind", "plates"), fields.get("body", b"")
    return Sent(kind, due, took, status, body, status == 200)


def test_counts_what_was_due_from_just_before_the_fault_to_the_end() -> None:
    sent = [_sent(due) for due in (9.4, 9.6, 10.0, 19.9, 20.0)]

    assert window("a fault", sent, (10.0, 20.0), before=0.0).sent == 3


def test_failures_are_counted_by_kind_and_reason() -> None:
    busy: dict[str, Any] = {"status": 503, "body": b"busy", "kind": "drivers"}
    sent = [_sent(11.0, **busy), _sent(11.5, **busy), _sent(12.0, 0, took=2.0), _sent(13.0)]

    one = window("a fault", sent, (10.0, 20.0), before=0.0)

    assert (one.sent, one.failed, one.refused, one.failed_share) == (4, 3, 2, 0.75)
    assert one.by_kind == {"drivers": 2, "plates": 1}
    assert one.reasons == [("503 busy", 2), ("0 ", 1)]
    assert one.recovered_s == pytest.approx(4.0)


def test_without_failures_nothing_had_to_recover() -> None:
    one = window("a fault", [_sent(11.0)], (10.0, 20.0), before=0.0)

    assert (one.failed, one.recovered_s) == (0, 0.0)


def test_times_are_those_of_right_answers_before_and_after() -> None:
    sent = [_sent(5.0, took=0.1), _sent(11.0, took=0.3), _sent(12.0, 503, took=9.0)]

    one = window("a fault", sent, (10.0, 20.0), before=0.0)

    assert one.p99_before_ms == pytest.approx(100)
    assert one.p99_ms == pytest.approx(300)


def test_the_99th_percentile_of_few_answers_is_the_slowest() -> None:
    assert p99_ms([_sent(0, took=0.001 * n) for n in range(1, 51)]) == pytest.approx(50)
    assert p99_ms([_sent(0, took=0.001 * n) for n in range(1, 201)]) == pytest.approx(198)
    assert p99_ms([_sent(0, 503)]) is None


def test_the_last_failure_is_when_it_ended() -> None:
    assert last_failure([_sent(11.0, 503, took=3.0), _sent(12.0)], since=10.0) == 14.0
    assert last_failure([_sent(8.0, 503, took=9.0), _sent(12.0)], since=10.0) == 10.0
