"""The bench of the gate's time, without a service."""

from typing import Any

import httpx
import numpy as np
import pytest

from tests.bench.gate_latency import ask, beside, lines


def client(decision: str) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        said: dict[str, Any] = {"timings_ms": {"detect": 3.0, "total": 4.0}, "reasons": ["why"]}
        if request.url.path.endswith("check"):
            said["decision"] = decision
        return httpx.Response(200, json=said)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://gatehouse")


WAYS = {"plate alone": {"url": "/v1/plates:read"}, "gate": {"url": "/v1/gate:check"}}


def test_each_way_is_timed_as_often_as_asked_and_told_in_a_line() -> None:
    with client("allow") as http:
        measured = ask(http, WAYS, rounds=4)
    assert {way: len(ms) for way, ms in measured["taken"].items()} == {"plate alone": 4, "gate": 4}
    said = lines(measured)
    assert len(said) == 2
    assert said[1].strip().startswith("gate: p50 ")
    assert said[1].endswith("(detect 3.0, total 4.0)")


def test_a_check_that_lets_nobody_in_is_no_measurement() -> None:
    with client("ask") as http, pytest.raises(ValueError, match=r"^gate: \['why'\]$"):
        ask(http, WAYS, rounds=1)


def test_one_picture_shows_both_whole() -> None:
    car, face = np.full((20, 30, 3), 1, np.uint8), np.full((40, 10, 3), 2, np.uint8)
    picture = beside(car, face)
    assert picture.shape == (40, 40, 3)
    assert (picture[:20, :30] == 1).all()
    assert (picture[:, 30:] == 2).all()
