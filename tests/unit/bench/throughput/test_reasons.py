"""Reasons of failures are counted, so they may not differ from request to request."""

import json

import pytest

from tests.bench.throughput.connection import Reply
from tests.bench.throughput.reasons import reason_of


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            Reply(503, json.dumps({"error": {"code": "overloaded", "request_id": "7"}}).encode()),
            "503 overloaded",
        ),
        (Reply(500, b'{"error": "Internal server error"}'), "500 Internal server error"),
        (Reply(0, b"no answer within 30 s"), "no answer: no answer within 30 s"),
        (Reply(502, b"bad gateway"), "502 bad gateway"),
        (Reply(500, b'{"detail": 1}'), '500 {"detail": 1}'),
        (Reply(500, b"7"), "500 7"),
        (Reply(500, b"\xff" + 200 * b"x"), "500 \ufffd" + 119 * "x"),
    ],
)
def test_a_reason_is_the_status_and_the_code_or_sentence(reply: Reply, reason: str) -> None:
    assert reason_of(reply) == reason
