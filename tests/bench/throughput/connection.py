"""A client's connection that costs little: requests are bytes made before, answers barely read."""

import asyncio
import base64
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_BOUNDARY: Final = "gatehouse-bench"
_CHUNK: Final = 65_536
_MOST_HEAD_BYTES: Final = 65_536


class ConnectionLost(Exception):
    """No whole answer came."""


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer's head says; ``length`` is that of the body."""

    status: int
    length: int
    closes: bool
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; status 0 where none came, and then the body says why."""

    status: int
    body: bytes
    retry_after: str = ""


def body_request(path: str, data: bytes, kind: str = "image/jpeg") -> bytes:
    """A POST whose body is the data itself."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\n"
        f"content-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    return head.encode("ascii") + data


def form_request(path: str, files: Mapping[str, list[bytes]]) -> bytes:
    """A POST of a form with JPEG files, by field."""
    parts = [
        f"--{_BOUNDARY}\r\ncontent-disposition: form-data; name={field}; filename={place}.jpg\r\n"
        "content-type: image/jpeg\r\n\r\n".encode("ascii")
        + data
        + b"\r\n"
        for field, its in files.items()
        for place, data in enumerate(its)
    ]
    end = f"--{_BOUNDARY}--\r\n".encode("ascii")
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    return body_request(path, b"".join([*parts, end]), kind)


def json_request(path: str, picture_field: str, picture: bytes, more: Mapping[str, str]) -> bytes:
    """A POST of JSON with a picture in base64."""
    document = {**more, picture_field: base64.b64encode(picture).decode("ascii")}
    return body_request(path, json.dumps(document).encode("ascii"), "application/json")


def parse_head(head: bytes) -> Head:
    """Read an answer's head.

    Raises:
        ConnectionLost: It says no length, so that this client cannot tell where the body ends.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", maxsplit=1) for line in lines if ": " in line)
    if "content-length" not in fields:
        raise ConnectionLost(f"an answer without a length: {first}")
    return Head(
        int(first.split(" ", maxsplit=2)[1]),
        int(fields["content-length"]),
        fields.get("connection") == "close",
        fields.get("retry-after", ""),
    )


class Connection:
    """One connection to 127.0.0.1, kept open between requests and opened anew where that is due."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    async def ask(self, request: bytes, timeout_s: float) -> Reply:
        """Send a request and wait for the whole answer; a failure is an answer of status 0."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(request)
        except TimeoutError:
            self.close()
            return Reply(0, f"no answer within {timeout_s:g} s".encode())
        except (OSError, ConnectionLost) as error:
            self.close()
            return Reply(0, str(error).encode())

    def close(self) -> None:
        """Close it; the next request opens it again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _ask(self, request: bytes) -> Reply:
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setblocking(False)
            await loop.sock_connect(self._socket, ("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # It may have been refused before it was all sent: the answer says so.
        with suppress(BrokenPipeError, ConnectionResetError):
            await loop.sock_sendall(self._socket, request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += await self._more(loop, self._socket)
            if len(received) > _MOST_HEAD_BYTES:
                raise ConnectionLost("an endless head")
        head = parse_head(received[:end])
        body = received[end + 4 :]
        while len(body) < head.length:
            body += await self._more(loop, self._socket)
        if head.closes:
            self.close()
        return Reply(head.status, body, head.retry_after)

    async def _more(self, loop: asyncio.AbstractEventLoop, one: socket.socket) -> bytes:
        data = await loop.sock_recv(one, _CHUNK)
        if not data:
            raise ConnectionLost("the connection was closed without an answer")
        return data
