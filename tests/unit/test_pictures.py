import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import fsspec
import pytest

from configs.settings import PictureSourceSettings
from pipelines.errors import (
    ConfigurationError,
    InvalidRequest,
    PictureNotFound,
    TooLarge,
    UpstreamFailure,
)
from pipelines.pictures import PictureSource, check_picture_id

T = TypeVar("T")
PICTURE = b"\xff\xd8\xff\xe0 picture"
LIMIT = 4096


class PictureServer(ThreadingHTTPServer):
    """A picture server whose answers are chosen by the id."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.lock = threading.Lock()

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
        self._answer(self.path.removeprefix("/gate/images/"))

    def _answer(self, pict_id: str) -> None:
        seen = self.server.requests.count(self.path)
        locations = {
            "moved": "/gate/images/10022",
            "loop": "/gate/images/loop",
            "away": f"http://localhost:{self.server.server_port}/gate/images/10022",
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
            time.sleep(1.0)
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
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pause(self) -> None:
        server = self.server
        with server.lock:
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
        time.sleep(0.05)
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
        for _ in range(20):
            send(b"x")
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Quiet."""


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
def server(running_server: PictureServer) -> PictureServer:
    running_server.requests.clear()
    running_server.most_under_way = 0
    return running_server


def source_settings(base_url: str, **values: float) -> PictureSourceSettings:
    return PictureSourceSettings.model_validate(
        {"base_url": base_url, "timeout_s": 5.0, "retries": 1, "max_bytes": LIMIT} | values
    )


def use(settings: PictureSourceSettings, call: Callable[[PictureSource], Awaitable[T]]) -> T:
    async def run() -> T:
        source = PictureSource(settings)
        try:
            return await call(source)
        finally:
            await source.close()

    return asyncio.run(run())


def fetch(base_url: str, pict_id: str, **values: float) -> bytes:
    return use(source_settings(base_url, **values), lambda source: source.fetch(pict_id))


def test_gets_images_slash_id_below_the_base_url(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate/", "10022") == PICTURE
    assert server.requests == ["/gate/images/10022"]


def test_an_id_arrives_quoted_once(server: PictureServer) -> None:
    fetch(f"{server.url}/gate", "%2e%2e?a=1#ж &;")
    assert server.requests == ["/gate/images/%252e%252e%3Fa%3D1%23%D0%B6%20%26%3B"]


@pytest.mark.parametrize("status", ["404", "410"])
def test_a_missing_picture_is_not_found_and_asked_for_once(
    server: PictureServer, status: str
) -> None:
    with pytest.raises(PictureNotFound, match=r"^Resource not found$"):
        fetch(f"{server.url}/gate", status)
    assert len(server.requests) == 1


def test_another_client_error_is_an_upstream_failure_and_not_repeated(
    server: PictureServer,
) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server answers 403$"):
        fetch(f"{server.url}/gate", "403")
    assert len(server.requests) == 1


def test_a_server_error_is_repeated_until_it_passes(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "flaky") == PICTURE
    assert len(server.requests) == 2


def test_a_connection_that_breaks_is_repeated(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "hangs-up-once") == PICTURE
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["500", "503", "429", "408"])
def test_a_lasting_failure_is_an_upstream_failure_after_all_attempts(
    server: PictureServer, status: str
) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture source failed 3 times, last with Una"):
        fetch(f"{server.url}/gate", status, retries=2)
    assert len(server.requests) == 3


@pytest.mark.parametrize("pict_id", ["slow", "trickle"])
def test_the_timeout_covers_an_attempt_as_a_whole(server: PictureServer, pict_id: str) -> None:
    start = time.monotonic()
    with pytest.raises(UpstreamFailure, match="failed 1 times, last with "):
        fetch(f"{server.url}/gate", pict_id, timeout_s=0.2, retries=0)
    assert time.monotonic() - start < 0.9


def test_a_server_that_cannot_be_reached_is_an_upstream_failure() -> None:
    with pytest.raises(
        UpstreamFailure, match=r"^the picture source failed 1 times, last with Conn"
    ):
        fetch("http://127.0.0.1:1", "10022", retries=0)


def test_a_redirect_on_the_same_host_is_followed(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "moved") == PICTURE


@pytest.mark.parametrize("pict_id", ["away", "port"])
def test_a_redirect_to_another_host_is_refused(server: PictureServer, pict_id: str) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server redirects to another host$"):
        fetch(f"{server.url}/gate", pict_id)
    assert server.requests == [f"/gate/images/{pict_id}"]


def test_a_redirect_loop_ends(server: PictureServer) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server redirects more than 2 times$"):
        fetch(f"{server.url}/gate", "loop")
    assert len(server.requests) == 3


@pytest.mark.parametrize("pict_id", ["declares-too-much", "endless"])
def test_a_picture_over_the_limit_is_too_large(server: PictureServer, pict_id: str) -> None:
    with pytest.raises(TooLarge, match=r"^the picture has more than 4096 bytes$"):
        fetch(f"{server.url}/gate", pict_id)
    assert len(server.requests) == 1


def test_a_picture_of_exactly_the_limit_is_taken(server: PictureServer) -> None:
    assert len(fetch(f"{server.url}/gate", "just-fits")) == LIMIT


def test_environment_proxies_are_ignored(
    server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert fetch(f"{server.url}/gate", "10022") == PICTURE


def test_fetches_no_more_at_once_than_allowed(server: PictureServer) -> None:
    settings = source_settings(f"{server.url}/gate", concurrency=3)
    outcomes = use(settings, lambda source: source.fetch_many(["pause"] * 9))
    assert outcomes == [PICTURE] * 9
    assert server.most_under_way == 3


def test_fetch_many_gives_one_outcome_an_id_in_order(server: PictureServer) -> None:
    settings = source_settings(f"{server.url}/gate")
    ids = ["10022", "404", "..", "403"]
    first, *failures = use(settings, lambda source: source.fetch_many(ids))
    assert first == PICTURE
    assert [type(failure) for failure in failures] == [
        PictureNotFound,
        InvalidRequest,
        UpstreamFailure,
    ]


@pytest.mark.parametrize(
    "pict_id",
    [
        *("", ".", "..", "...", ". .", " ", "x" * 129),
        *("a/b", "a\\b", "/etc/passwd", "a\0", "a\n", "\x7f", "\ud800", "\u2028"),
    ],
)
def test_refuses_an_id_that_is_not_one_name(pict_id: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^Invalid request format$"):
        check_picture_id(pict_id, max_length=128)


@pytest.mark.parametrize(
    "pict_id", ["10022", "x" * 128, "..a", "ночь 7", "%2e%2e", "车牌", "a:b*?"]
)
def test_accepts_any_other_id(pict_id: str) -> None:
    check_picture_id(pict_id, max_length=128)


def test_an_id_is_checked_before_anything_is_fetched(server: PictureServer) -> None:
    with pytest.raises(InvalidRequest, match=r"^Invalid request format$"):
        fetch(f"{server.url}/gate", "../secret")
    assert server.requests == []


@pytest.mark.parametrize("name", ["10022", "10022.jpg", "10022.jpeg", "10022.png"])
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_reads_from_a_folder_or_an_fsspec_url_with_or_without_suffix(
    tmp_path: Path, kind: str, name: str
) -> None:
    base_url = str(tmp_path) if kind == "folder" else f"memory://{tmp_path.name}"
    fs, root = fsspec.url_to_fs(base_url)
    fs.makedirs(f"{root}/images")
    fs.pipe_file(f"{root}/images/{name}", PICTURE)
    assert fetch(base_url, "10022") == PICTURE
    with pytest.raises(PictureNotFound, match=r"^Resource not found$"):
        fetch(base_url, "1002")


def test_a_link_out_of_the_folder_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "base/images").mkdir(parents=True)
    (tmp_path / "base/images/10022.jpg").symlink_to(tmp_path / "secret")
    with pytest.raises(PictureNotFound):
        fetch(str(tmp_path / "base"), "10022")


def test_a_stored_picture_over_the_limit_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images/big.png").write_bytes(bytes(LIMIT + 1))
    with pytest.raises(TooLarge, match=r"^the picture has more than 4096 bytes$"):
        fetch(str(tmp_path), "big")


@pytest.mark.parametrize("base_url", ["http://", "https:///x", "carrier-pigeon://loft"])
def test_an_unusable_base_url_is_a_configuration_error(base_url: str) -> None:
    async def build() -> None:
        PictureSource(source_settings(base_url))

    with pytest.raises(ConfigurationError):
        asyncio.run(build())
