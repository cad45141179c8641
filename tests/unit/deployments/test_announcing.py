"""A start says when the service is ready."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from deployments.announcing import Announcer, status_command

SERVE = Path(sys.executable).with_name("serve")


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
        self.announcer = Announcer(self.url, self.said.append, lambda: "ask it", lambda: self.now)

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
    reason = "not ready: DriverIndex.search; `ask it` in another shell tells what each"
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


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of Ray's dashboard."""
    for name in ("RAY_DASHBOARD_ADDRESS", "RAY_AUTH_MODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[psutil.Process]:
    """A process that is started as Ray starts its dashboard."""
    script = tmp_path / "dashboard" / "dashboard.py"
    script.parent.mkdir()
    script.write_text("input()")
    command = [sys.executable, str(script), "--port=8265", f"--log-dir={tmp_path}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield psutil.Process(process.pid)
        process.kill()


@pytest.mark.usefixtures("plain")
def test_the_command_names_the_port_that_the_dashboard_moved_to(
    dashboard: psutil.Process, tmp_path: Path
) -> None:
    family = [psutil.Process(), dashboard]
    assert status_command(family) == f"RAY_AUTH_MODE=token {SERVE} status"
    (tmp_path / "dashboard.log").write_text(
        "WARNING Try to use port 8266: in use\nINFO Dashboard head http address: 127.0.0.1:8266\n"
    )
    assert status_command(family) == (
        f"RAY_DASHBOARD_ADDRESS=http://127.0.0.1:8266 RAY_AUTH_MODE=token {SERVE} status"
    )


@pytest.mark.usefixtures("plain")
def test_the_command_of_a_cluster_elsewhere_is_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_DASHBOARD_ADDRESS", "http://head:8265")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert status_command([]) == (
        f"RAY_DASHBOARD_ADDRESS=http://head:8265 RAY_AUTH_MODE=disabled {SERVE} status"
    )
