"""The load, on a server that answers what it is told."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice
from threading import Thread

from tests.bench.faults.traffic import Sent, Stream, Traffic
from tests.bench.throughput.connection import body_request

_WITHIN_S = 20.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(int(self.path[1:]))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _all_of(port: int, streams: dict[str, Stream]) -> list[Sent]:
    traffic = Traffic(port, streams)
    traffic.start()
    traffic.join(_WITHIN_S)
    assert not traffic.is_alive()
    return traffic.sent


def test_every_kind_is_sent_at_its_rate_until_its_requests_end() -> None:
    with _server() as port:
        sent = _all_of(
            port,
            {
                "fast": Stream(
                    40.0, islice(cycle([body_request("/200", b"a")]), 8), frozenset({200})
                ),
                "slow": Stream(
                    10.0, islice(cycle([body_request("/404", b"b")]), 2), frozenset({404})
                ),
            },
        )

    fast = sorted(one.due for one in sent if one.kind == "fast")
    assert len(fast) == 8
    assert abs(fast[-1] - fast[0] - 7 / 40) < 1e-6
    assert [one.is_right for one in sent if one.kind == "slow"] == [True, True]


def test_other_statuses_are_failures_and_some_of_them_refusals() -> None:
    requests = iter([body_request(f"/{status}", b"why") for status in (200, 500, 503, 429)])
    with _server() as port:
        sent = _all_of(port, {"plates": Stream(50.0, requests, frozenset({200}))})

    outcomes = {one.status: (one.is_right, one.was_refused) for one in sent}
    assert outcomes == {
        200: (True, False),
        500: (False, False),
        503: (False, True),
        429: (False, True),
    }
    assert {one.body for one in sent} == {b"why"}


def test_a_service_that_is_not_there_is_a_failure_of_status_0() -> None:
    with _server() as port:
        pass
    (one,) = _all_of(
        port, {"plates": Stream(1.0, iter([body_request("/200", b"a")]), frozenset({200}))}
    )

    assert (one.status, one.is_right) == (0, False)


def test_it_ends_when_it_is_told_to() -> None:
    with _server() as port:
        endless = cycle([body_request("/200", b"a")])
        traffic = Traffic(port, {"plates": Stream(100.0, endless, frozenset({200}))})
        traffic.start()
        until = time.monotonic() + _WITHIN_S
        while len(traffic.sent) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        traffic.stop()

    assert not traffic.is_alive()
    assert len(traffic.sent) >= 3
