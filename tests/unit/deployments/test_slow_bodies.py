"""Bodies that arrive too slowly."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from deployments.ingress.slow_bodies import LEAST_BYTES_PER_S, BodyTime
from tests.fuzz.document import application

TOO_SLOW = "the request body arrives too slowly, send it faster or less of it"


async def _never_ends() -> AsyncIterator[bytes]:
    yield b"--x\r\n"
    await asyncio.Event().wait()


async def _trickles() -> AsyncIterator[bytes]:
    yield b"--x\r\nContent-Disposition: "
    while True:
        yield b"a"
        await asyncio.sleep(0.01)


def _post(app: FastAPI, path: str, body: AsyncIterator[bytes], kind: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with (
            asyncio.timeout(30),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            return await http.post(path, content=body, headers={"content-type": kind})

    return asyncio.run(send())


async def _unsent(_message: Message) -> None:
    raise AssertionError("nothing is to be sent")


@pytest.mark.parametrize("body", [_never_ends, _trickles])
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/greeting", "application/json"),
        ("/readPlateNumber", "image/jpeg"),
        ("/api/face/recognize", "multipart/form-data; boundary=x"),
        ("/v1/faces:identify", "multipart/form-data; boundary=x"),
        ("/v1/drivers", "application/json"),
    ],
)
def test_a_slow_body_is_answered_408_in_the_shape_of_its_route(
    tmp_path: Path, path: str, kind: str, body: object
) -> None:
    assert callable(body)
    with application(tmp_path, limits={"body_timeout_s": 0.05}) as app:
        answer = _post(app, path, body(), kind)
    error = answer.json()["error"]
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"
    if path.startswith("/v1"):
        assert (error["code"], error["message"]) == ("too_slow", TOO_SLOW)
        assert error["details"] == {"timeout_s": 0.05}
    else:
        assert error == TOO_SLOW


def test_what_arrives_lengthens_the_time() -> None:
    moments: list[float] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    async def run() -> None:
        began = asyncio.get_running_loop().time()

        async def receive() -> Message:
            moments.append(asyncio.get_running_loop().time() - began)
            await asyncio.sleep(0.03)
            body = bytes(LEAST_BYTES_PER_S // 10)
            return {"type": "http.request", "body": body, "more_body": len(moments) < 5}

        scope = {"type": "http", "path": "/", "method": "POST"}
        await BodyTime(app, timeout_s=0.05)(scope, receive, _unsent)

    asyncio.run(run())
    assert len(moments) == 5
    assert moments[-1] > 0.05


def test_a_file_to_import_may_take_its_time(tmp_path: Path) -> None:
    limits = {"body_timeout_s": 0.05, "import_timeout_s": 0.3}
    with application(tmp_path, limits=limits) as app:
        answer = _post(app, "/v1/gallery/import", _trickles(), "application/gzip")
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "there was no answer in 0.3 s, try again later"


def test_what_follows_a_body_is_waited_for_without_limit() -> None:
    received: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        received.extend([(await receive())["type"] for _ in range(2)])

    async def run() -> None:
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, over.set)
        messages = iter(("http.request", "http.disconnect"))

        async def receive() -> Message:
            kind = next(messages)
            if kind == "http.disconnect":
                await over.wait()
            return {"type": kind}

        scope = {"type": "http", "path": "/", "method": "POST"}
        await BodyTime(app, timeout_s=0.001)(scope, receive, _unsent)

    asyncio.run(run())
    assert received == ["http.request", "http.disconnect"]
