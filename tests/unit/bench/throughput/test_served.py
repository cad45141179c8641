"""A contestant behind HTTP, on a server of this process."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.bench.throughput.cells import Cell
from tests.bench.throughput.pictures import Scene, Scenes
from tests.bench.throughput.routes import PLAIN
from tests.bench.throughput.served import Served


class Answering(BaseHTTPRequestHandler):
    """Reads pictures that are the answers themselves."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["content-length"])).decode()
        field, answer = ("plate", f'"{said}"') if self.path == "/plate" else ("driver_id", "7")
        body = f'{{"{field}": {answer}}}'.encode()
        self.send_response(503 if said == "busy" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def served(port: int, folder: Path, *pictures: str) -> Served:
    scenes = []
    for place, text in enumerate(pictures):
        path = folder / f"{place}.jpg"
        path.write_text(text)
        scenes.append(Scene(path))
    its = tuple(scenes)
    of = Scenes({("plates", "small"): its, ("both", "small"): its}, {})
    return Served(port, PLAIN, lambda: [psutil.Process()], of, {7: "Ann"})


def test_answers_are_told_from_refusals(port: int, tmp_path: Path) -> None:
    found = served(port, tmp_path, "AB1", "busy").measure(Cell("plain", "plates", "small", 2), 0.2)

    by_picture = {one.picture: one for one in found.asked}
    assert (by_picture[0].outcome, by_picture[0].plates) == ("answered", ("AB1",))
    assert by_picture[1].outcome == "refused"
    assert found.rate > 0


def test_both_are_asked_of_one_picture(port: int, tmp_path: Path) -> None:
    found = served(port, tmp_path, "AB1").measure(Cell("plain", "both", "small", 1), 0.1)

    assert (found.asked[0].plates, found.asked[0].driver) == (("AB1",), "Ann")


def test_the_next_slice_goes_on_where_the_last_one_ended(port: int, tmp_path: Path) -> None:
    contestant = served(port, tmp_path, *("A" * 5))
    cell = Cell("plain", "plates", "small", 1)

    first = contestant.measure(cell, 0.1)
    second = contestant.measure(cell, 0.1)

    assert second.asked[0].picture == len(first.asked) % 5


def test_a_flood_asks_as_much_as_was_ordered(port: int, tmp_path: Path) -> None:
    cell = Cell("plain", "plates", "small", 0)

    assert len(served(port, tmp_path, "AB1").flood(cell, 100.0, 0.2).asked) == 20
