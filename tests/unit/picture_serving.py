"""Fixtures: a picture server that runs while the tests of a module do."""

import threading
from collections.abc import Iterator

import pytest

from tests.unit.picture_server import PictureServer


@pytest.fixture(scope="module")
def running_server() -> Iterator[PictureServer]:
    server = PictureServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running_server: PictureServer) -> Iterator[PictureServer]:
    running_server.reset()
    yield running_server
    running_server.released.set()
