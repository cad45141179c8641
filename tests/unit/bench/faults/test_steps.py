"""A load on a service, counted."""

import pytest

from tests.bench.faults.steps import Load, Spent, Step, Times, calm_again_after, counted
from tests.bench.throughput.connection import Reply
from tests.bench.throughput.load import NOT_SENT, Asked

NOTHING = Spent(0.0, {}, 0.0, {}, {})
BUSY = Reply(503, b'{"error": {"code": "overloaded"}}', "1")


def _asked(began: float, took: float, reply: Reply, late: float = 0.0) -> Asked:
    return Asked(0, began, took, (reply,), late)


def _counted(*asked: Asked) -> Step:
    return counted(Load("a load", 2.0, 10.0), asked, 100.0, NOTHING)


def test_answers_refusals_and_failures_are_kept_apart() -> None:
    step = _counted(
        _asked(100.0, 0.1, Reply(200, b"")),
        _asked(100.0, 0.3, Reply(404, b"")),
        _asked(100.5, 0.01, BUSY),
        _asked(100.5, 0.03, Reply(429, b"slow down", "7")),
        _asked(100.5, 0.02, Reply(503, b"down")),
        _asked(101.0, 9.0, Reply(0, b"reset")),
        _asked(101.0, 9.0, Reply(500, b"oh")),
    )

    assert (step.sent, step.accepted) == (7, 2)
    assert step.refused == {"503 overloaded": 1, "429 slow down": 1, "503 down": 1}
    assert step.with_retry_after == 2
    assert step.failed == {"no answer: reset": 1, "500 oh": 1}
    assert step.accepted_ms.p50 == pytest.approx(200)
    assert step.refused_ms.p50 == pytest.approx(20)


def test_what_the_client_did_not_send_is_neither_offered_nor_failed() -> None:
    step = _counted(
        _asked(100.0, 0.1, Reply(200, b""), late=0.02), _asked(100.0, 0.0, NOT_SENT, late=9.0)
    )

    assert (step.sent, step.unsent, step.failed, step.refused) == (1, 1, {}, {})
    assert step.offered == 0.5
    assert step.late_p99_ms == pytest.approx(20)


def test_answers_after_the_last_request_was_begun_are_no_part_of_the_rate() -> None:
    step = _counted(_asked(100.0, 1.9, Reply(200, b"")), _asked(100.0, 2.1, Reply(200, b"")))

    assert (step.accepted, step.rate) == (2, 0.5)


def test_a_load_of_which_nothing_was_sent_has_no_times() -> None:
    step = _counted()

    assert (step.offered, step.rate, step.late_p99_ms) == (0, 0, 0)
    assert step.accepted_ms == step.refused_ms == Times(None, None)


def test_it_is_calm_again_after_the_last_answer_that_was_late_or_wrong() -> None:
    asked = [
        _asked(100.0, 0.5, Reply(200, b"")),
        _asked(101.0, 0.2, BUSY),
        _asked(102.0, 0.19, Reply(200, b"")),
    ]

    assert calm_again_after(asked, 100.0, usual_p99_ms=100) == pytest.approx(1.2)
    assert calm_again_after(asked[2:], 100.0, usual_p99_ms=100) == 0
