"""Answers to requests whose bodies nobody reads."""

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
import uvicorn
from starlette.applications import Starlette

from configs.settings import LimitSettings
from deployments.ingress import unread_bodies
from deployments.ingress.admission import Admission

BUSY = b'{"error":"the service is busy, try again shortly"}'
LARGE = b"x" * (8 * 1024 * 1024)


@pytest.fixture
def full_port() -> Iterator[int]:
    """The port of a server that refuses whatever has a body, since bodies have no room left."""
    app = Admission(Starlette(), LimitSettings.model_construct(max_requests_in_flight=0))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


def head(port: int, *lines: str) -> socket.socket:
    """A connection on which the head of a request was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall("\r\n".join(["POST /idToNum HTTP/1.1", "host: x", *lines, "", ""]).encode())
    return connection


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_who_sends_no_body_keeps_the_connection(full_port: int) -> None:
    connection = HTTPConnection("127.0.0.1", full_port, timeout=20)
    connection.request("GET", "/v1/drivers")
    refused = connection.getresponse()
    assert refused.status == 503
    assert "connection" not in refused.headers
    refused.read()
    assert connection.sock is not None
    connection.close()


@pytest.mark.parametrize("length", ["content-length: 1000", "transfer-encoding: chunked"])
def test_who_does_not_go_on_sending_is_answered_at_once_and_let_go(
    full_port: int, length: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_bodies, "GRACE_S", 0.2)
    answer = everything(head(full_port, length))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"connection: close" in answer
    assert answer.endswith(BUSY)


def test_who_waits_for_leave_to_send_is_refused_and_let_go(full_port: int) -> None:
    answer = everything(head(full_port, "content-length: 1000", "expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(BUSY)


def test_no_more_is_discarded_than_a_body_may_have(
    full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_bodies, "MOST_BODY_BYTES", 1000)
    connection = head(full_port, f"content-length: {100 * len(LARGE)}")
    with pytest.raises(OSError, match=r"reset|pipe"), connection:
        for _ in range(100):
            connection.sendall(LARGE)


def test_a_caller_who_sends_everything_before_reading_learns_of_the_refusal(
    full_port: int,
) -> None:
    connection = HTTPConnection("127.0.0.1", full_port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/readPlateNumber", body=LARGE)
        refused = connection.getresponse()
        assert refused.status == 503
        assert refused.read() == BUSY
        assert refused.headers["retry-after"] == "1"
    connection.close()
