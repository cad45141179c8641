"""Load from threads, against a server on this machine, and what is made of the replies."""

import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.bench.scaling_load import (
    NOT_ANSWERED,
    Caller,
    Flow,
    KeptUnderWay,
    Reply,
    Target,
    by_name,
    offer,
    percentile,
    rate,
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.under_way = 0
        self.most_under_way = 0
        self.bodies: list[bytes] = []
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            self.server.bodies.append(body)
        self._answer()

    def _answer(self) -> None:
        with self.server.lock:
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
        status = 503 if self.path == "/busy" else 200
        with self.server.lock:
            self.server.under_way -= 1
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


_GET = Target("listing", "GET", "/")


def _reply(due: float, ended: float, status: int = 200, name: str = "listing") -> Reply:
    return Reply(name, due, ended, status)


def test_a_caller_sends_the_picture_and_reads_the_answer(server: _Server) -> None:
    reply = Caller(server.server_port, 5.0).call(Target("plates", "POST", "/", b"picture"))
    assert server.bodies == [b"picture"]
    assert (reply.name, reply.status, reply.is_answer) == ("plates", 200, True)
    assert reply.ms > 0


def test_a_refusal_is_no_answer(server: _Server) -> None:
    reply = Caller(server.server_port, 5.0).call(Target("plates", "GET", "/busy"))
    assert (reply.status, reply.is_answer) == (503, False)


def test_a_connection_that_fails_is_no_answer(server: _Server) -> None:
    server.shutdown()
    server.server_close()
    reply = Caller(server.server_port, 5.0).call(_GET)
    assert (reply.status, reply.is_answer) == (NOT_ANSWERED, False)


def test_keeps_no_more_under_way_than_it_was_told(server: _Server) -> None:
    load = KeptUnderWay(server.server_port, _GET, callers=3, spread_s=0.0, settle_s=0.0)
    replies = load.run(0.2)
    assert len(replies) > 3
    assert all(reply.is_answer for reply in replies)
    assert 1 <= server.most_under_way <= 3


def test_offers_every_request_of_its_flows(server: _Server) -> None:
    flows = [Flow(_GET, 0.0, 0.2, 50.0), Flow(Target("plates", "POST", "/", b"p"), 0.1, 0.2, 20.0)]
    replies = offer(server.server_port, flows, callers=4)
    assert {name: len(its) for name, its in by_name(replies).items()} == {
        "listing": 10,
        "plates": 2,
    }
    assert all(reply.is_answer for reply in replies)
    dues = [reply.due for reply in replies]
    assert dues == sorted(dues)


def test_a_flow_is_due_at_even_intervals() -> None:
    assert Flow(_GET, 10.0, 12.0, 2.0).due() == [10.0, 10.5, 11.0, 11.5]
    assert Flow(_GET, 10.0, 10.0, 2.0).due() == []


def test_time_counts_from_when_a_request_was_due() -> None:
    assert _reply(due=2.0, ended=2.25).ms == pytest.approx(250)


def test_the_rate_counts_answers_over_the_time_between_them() -> None:
    replies = [_reply(0, ended) for ended in (3.0, 1.0, 2.0)] + [_reply(0, 9.0, status=503)]
    assert rate(replies) == pytest.approx(1.0)


def test_a_burst_at_either_end_does_not_raise_the_rate() -> None:
    replies = [_reply(0, float(burst)) for burst in range(5) for _ in range(8)]
    assert rate(replies) == pytest.approx(8.0)


@pytest.mark.parametrize("ends", [[], [1.0], [1.0, 1.0]])
def test_there_is_no_rate_of_answers_that_span_no_time(ends: list[float]) -> None:
    assert rate([_reply(0, ended) for ended in ends]) == 0.0


def test_percentiles_are_of_answers_alone() -> None:
    replies = [_reply(0, 0.1), _reply(0, 0.3), _reply(0, 0.2), _reply(0, 5.0, status=503)]
    assert percentile(replies, 0.5) == pytest.approx(200)
    assert percentile(replies, 0.99) == pytest.approx(300)
    assert math.isnan(percentile([], 0.5))
