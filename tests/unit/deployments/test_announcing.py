"""A start says when the service is ready."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from deployments.announcing import Announcer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 503
        self.message = "not ready: DriverIndex.search"
        self.asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        body = json.dumps({"error": {"message": self.server.message}}).encode()
        self.send_response(self.server.status if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Start:
    def __init__(self, port: int) -> None:
        self.now = 100.0
        self.said: list[str] = []
        self.url = f"http://127.0.0.1:{port}"
        self.announcer = Announcer(self.url, self.said.append, lambda: self.now)

    def look(self, at: float) -> None:
        self.now = 100.0 + at
        self.announcer.look()


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_says_once_that_it_is_ready_and_asks_no_more(server: _Server) -> None:
    start = _Start(server.server_port)
    start.look(10)
    server.status = 200
    for at in (21, 22, 500):
        start.look(at)
    assert start.said == [f"ready on {start.url} after 21 s"]
    assert server.asked == 2


def test_says_every_minute_what_keeps_it(server: _Server) -> None:
    start = _Start(server.server_port)
    for at in (1, 59, 61, 90, 122):
        start.look(at)
    reason = "not ready: DriverIndex.search; `serve status` in another shell tells what each"
    assert [line.split(" deployment lacks")[0] for line in start.said] == [
        f"not ready after {after} s: {reason}" for after in (61, 122)
    ]


def test_a_service_that_does_not_answer_is_told_of(server: _Server) -> None:
    server.shutdown()
    server.server_close()
    start = _Start(server.server_port)
    start.look(70)
    assert start.said[0].startswith("not ready after 70 s: it does not answer yet;")


def test_an_answer_of_somebody_else_is_told_of(server: _Server) -> None:
    server.status = 404
    server.message = ""
    start = _Start(server.server_port)
    start.look(60)
    assert "not ready after 60 s" in start.said[0]
