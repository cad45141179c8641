"""Loads, on a server that answers at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from tests.bench.throughput.connection import body_request
from tests.bench.throughput.load import NOT_SENT, Asked, closed, open_loop

T = TypeVar("T")
ONE = body_request("/", b"one")
TWO = body_request("/", b"two")


def loaded(
    load: Callable[[int], Awaitable[T]], answer_s: float = 0.0, head: bytes = b"200 OK"
) -> T:
    """Runs a load on a server that answers with the body after a time.

    Args:
        load: Gets the port.
        answer_s: Before each answer.
        head: Status and further lines of each answer.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(3)
            await asyncio.sleep(answer_s)
            writer.write(b"HTTP/1.1 " + head + b"\r\ncontent-length: 3\r\n\r\n" + body)
        writer.close()

    async def run() -> T:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            return await load(server.sockets[0].getsockname()[1])

    return asyncio.run(run())


def test_clients_ask_all_pictures_in_turn_from_the_first_one_on() -> None:
    requests = [(ONE,), (TWO,), (ONE,)]

    asked = loaded(lambda port: closed(port, requests, 1, 0.2, first=1), 0.01)

    pictures = [one.picture for one in asked]
    assert pictures[:4] == [1, 2, 0, 1]
    assert {one.replies[0].body for one in asked if one.picture == 1} == {b"two"}


def test_all_clients_are_under_way_at_once() -> None:
    asked = loaded(lambda port: closed(port, [(ONE,)], 8, 0.1), 0.2)

    assert len(asked) == 8
    assert max(one.began for one in asked) < min(one.ended for one in asked)


def test_clients_who_are_refused_wait_as_they_are_told() -> None:
    head = b"503 Service Unavailable\r\nretry-after: 1"

    asked = loaded(lambda port: closed(port, [(ONE,)], 2, 1.5), head=head)

    assert len(asked) == 4


def test_what_belongs_to_one_picture_is_asked_together() -> None:
    asked = loaded(lambda port: closed(port, [(ONE, TWO)], 1, 0.1), 0.2)

    assert [reply.body for reply in asked[0].replies] == [b"one", b"two"]
    assert asked[0].took < 0.4


def test_a_steady_load_does_not_wait_for_answers() -> None:
    asked = loaded(lambda port: open_loop(port, [(ONE,)], 50.0, 0.2), 0.5)

    assert len(asked) == 10
    due = sorted(one.began for one in asked)
    assert due[-1] - due[0] < 0.5
    assert all(one.took >= 0.5 for one in asked)


def test_a_client_that_is_held_up_says_how_late_it_was() -> None:
    async def held_up(port: int) -> list[Asked]:
        asking = asyncio.create_task(open_loop(port, [(ONE,)], 100.0, 0.1))
        await asyncio.sleep(0.01)
        time.sleep(0.06)
        return await asking

    assert max(one.late for one in loaded(held_up)) > 0.03


def test_what_finds_too_many_under_way_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.throughput.load.MOST_CONNECTIONS", 2)

    asked = loaded(lambda port: open_loop(port, [(ONE,)], 100.0, 0.05), 0.5)

    assert [one.replies == (NOT_SENT,) for one in asked].count(True) == 3
