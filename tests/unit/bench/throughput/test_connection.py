"""A client's connection that costs little."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from tests.bench.throughput.connection import (
    Connection,
    ConnectionLost,
    Head,
    Reply,
    body_request,
    json_request,
    parse_head,
)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


def asked(handler: Handler, times: int = 1, timeout_s: float = 10.0) -> list[Reply]:
    """What a connection answers when a server handles its requests so."""

    async def run() -> list[Reply]:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            connection = Connection(server.sockets[0].getsockname()[1])
            replies = [
                await connection.ask(body_request("/", b"hello"), timeout_s) for _ in range(times)
            ]
            connection.close()
        return replies

    return asyncio.run(run())


def test_a_head_says_status_length_and_whether_the_connection_closes() -> None:
    head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nConnection: close"

    assert parse_head(head) == Head(503, 12, True)
    assert parse_head(OK[:-4]) == Head(200, 5, False)
    assert parse_head(head + b"\r\nRetry-After: 7").retry_after == "7"


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(ConnectionLost, match=r"^an answer without a length: HTTP/1\.1 200 OK$"):
        parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked")


def test_json_carries_the_picture_in_base64() -> None:
    head, _, body = json_request("/a", "image", b"\xff\xd8", {"model": "x"}).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /a HTTP/1.1\r\n")
    assert f"content-length: {len(body)}".encode() in head
    document = json.loads(body)
    assert base64.b64decode(document["image"]) == b"\xff\xd8"
    assert document["model"] == "x"


def test_one_connection_takes_many_requests_and_answers_in_pieces() -> None:
    opened = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        for _ in range(3):
            await reader.readuntil(b"hello")
            for piece in (OK[:9], OK[9:], b"12", b"345"):
                writer.write(piece)
                await writer.drain()
        writer.close()

    assert asked(answer, times=3) == [Reply(200, b"12345")] * 3
    assert len(opened) == 1


def test_after_a_closing_answer_the_next_request_opens_anew() -> None:
    opened = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        await reader.readuntil(b"hello")
        head = b"HTTP/1.1 503 X\r\nconnection: close\r\nretry-after: 2\r\n"
        writer.write(head + b"content-length: 0\r\n\r\n")
        writer.close()

    assert asked(answer, times=2) == [Reply(503, b"", "2")] * 2
    assert len(opened) == 2


def test_a_lost_answer_has_status_0_and_says_why() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        writer.close()

    assert asked(hang_up) == [Reply(0, b"the connection was closed without an answer")]


def test_an_answer_that_does_not_come_has_status_0_and_says_so() -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    assert asked(wait, timeout_s=0.05) == [Reply(0, b"no answer within 0.05 s")]
