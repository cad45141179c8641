"""Answers to requests whose bodies nobody reads."""

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import Response

from configs.settings import MOST_BODY_BYTES, LimitSettings
from deployments.ingress.admission import Admission
from deployments.ingress.unread_bodies import leave_unread

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


@pytest.mark.parametrize(
    ("headers", "closes"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": str(MOST_BODY_BYTES)}, False),
        ({"content-length": str(MOST_BODY_BYTES + 1)}, True),
        ({"content-length": "9" * 5000}, True),
        ({"content-length": "-1"}, True),
        ({"transfer-encoding": "chunked"}, True),
    ],
)
def test_the_connection_is_closed_only_where_more_may_come_than_bodies_may_be(
    headers: dict[str, str], closes: bool
) -> None:
    answer = Response()
    leave_unread(answer, Headers(headers))
    assert (answer.headers.get("connection") == "close") is closes


def test_a_caller_who_sends_everything_before_reading_learns_of_the_refusal(
    full_port: int,
) -> None:
    connection = HTTPConnection("127.0.0.1", full_port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/readPlateNumber", body=LARGE)
        refused = connection.getresponse()
        assert refused.status == 503
        assert refused.read() == b'{"error":"the service is busy, try again shortly"}'
        assert refused.headers["retry-after"] == "1"
    connection.close()
