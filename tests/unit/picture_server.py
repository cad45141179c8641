"""A picture server on this machine that misbehaves on request."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.unit.picture_fetching import LIMIT, PICTURE

_LONGEST_S = 60.0


class PictureServer(ThreadingHTTPServer):
    """A picture server whose answers are chosen by the id."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.cookies: list[str | None] = []
        self.under_way = 0
        self.most_under_way = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.companions = threading.Barrier(1)

    def reset(self) -> None:
        """Forget earlier requests; hold the slow answers until ``released`` is set."""
        self.requests.clear()
        self.cookies.clear()
        self.most_under_way = 0
        self.released.clear()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: PictureServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.cookies.append(self.headers["Cookie"])
        self._answer(self.path.removeprefix("/gate/images/"))

    def _answer(self, pict_id: str) -> None:
        seen = self.server.requests.count(self.path)
        locations = {
            "moved": "/gate/images/10022",
            "loop": "/gate/images/loop",
            "away": f"http://localhost:{self.server.server_port}/gate/images/10022",
            "nowhere": "http://xn--a/gate/images/10022",
            "nowhere-beside": "//xn--a/gate/images/10022",
            "port": "http://127.0.0.1:1/gate/images/10022",
        }
        if pict_id in locations:
            self._send(302, b"", {"Location": locations[pict_id]})
        elif pict_id.isdecimal() and pict_id.startswith(("4", "5")) and len(pict_id) == 3:
            self._send(int(pict_id), b"no")
        elif pict_id == "flaky":
            self._send(200 if seen > 1 else 500, PICTURE)
        elif pict_id == "hangs-up-once" and seen == 1:
            self.close_connection = True
        elif pict_id == "slow":
            self.server.released.wait(_LONGEST_S)
            self._send(200, PICTURE)
        elif pict_id == "trickle":
            self._trickle()
        elif pict_id == "pause":
            self._pause()
            self._send(200, PICTURE)
        elif pict_id == "declares-too-much":
            self._send(200, bytes(LIMIT + 1))
        elif pict_id == "just-fits":
            self._send(200, bytes(LIMIT))
        elif pict_id == "endless":
            self._endless()
        else:
            self._send(200, PICTURE)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Set-Cookie", "known=1; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pause(self) -> None:
        server = self.server
        with server.lock:
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
        server.companions.wait(_LONGEST_S)
        with server.lock:
            server.under_way -= 1

    def _chunks(self) -> Callable[[bytes], None]:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def send(chunk: bytes) -> None:
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")

        return send

    def _endless(self) -> None:
        send = self._chunks()
        for _ in range(10_000):
            send(bytes(1024))

    def _trickle(self) -> None:
        send = self._chunks()
        while not self.server.released.wait(0.05):
            send(b"x")

    def log_message(self, *_: object) -> None:
        """Quiet."""
