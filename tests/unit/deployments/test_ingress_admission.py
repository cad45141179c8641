"""How many requests are under way, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from configs.settings import MIB, LimitSettings
from deployments.ingress.admission import Admission
from tests.unit.deployments.gathering import Stage, gathering

BUSY = "the service is busy, try again shortly"
Handler = Callable[[Request], Awaitable[Response]]
Check = Callable[[httpx.AsyncClient], Awaitable[None]]


def serve(handler: Handler, check: Check, **limits: Any) -> None:
    """Runs ``check`` with a client of an application that answers every path by ``handler``."""
    app = Starlette(routes=[Route("/{path:path}", handler, methods=["GET", "POST"])])
    app.add_middleware(Admission, limits=LimitSettings(**limits))

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            asyncio.timeout(30),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            await check(http)

    asyncio.run(run())


class Gate:
    """A handler whose requests wait until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.entered = asyncio.Semaphore(0)

    async def answer(self, request: Request) -> Response:
        await request.body()
        self.entered.release()
        await self.opened.wait()
        return PlainTextResponse("done")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/idToNum", {"error": BUSY}),
        ("/api/face/recognize/", {"error": BUSY}),
        (
            "/static/images/faces/x.jpg",
            {
                "error": {
                    "code": "overloaded",
                    "message": BUSY,
                    "request_id": "-",
                    "details": {},
                }
            },
        ),
    ],
)
def test_a_request_too_many_is_refused_in_the_shape_of_its_route(
    path: str, body: dict[str, Any]
) -> None:
    gate = Gate()

    async def check(http: httpx.AsyncClient) -> None:
        waiting = [asyncio.create_task(http.post("/idToNum", content=b"{}")) for _ in range(2)]
        for _ in waiting:
            await gate.entered.acquire()
        refused = await http.post(path, content=b"{}")
        assert (refused.status_code, refused.json()) == (503, body)
        assert refused.headers["retry-after"] == "1"
        gate.opened.set()
        assert [(await answer).status_code for answer in waiting] == [200, 200]
        assert (await http.post(path, content=b"{}")).status_code == 200

    serve(gate.answer, check, max_requests_in_flight=2)


def test_health_is_answered_however_busy_the_service_is() -> None:
    gate = Gate()

    async def handler(request: Request) -> Response:
        if request.url.path in ("/healthz", "/readyz"):
            return PlainTextResponse("ok")
        return await gate.answer(request)

    async def check(http: httpx.AsyncClient) -> None:
        waiting = asyncio.create_task(http.post("/idToNum", content=b"{}"))
        await gate.entered.acquire()
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 200
        gate.opened.set()
        await waiting

    serve(handler, check, max_requests_in_flight=1)


def test_bodies_count_by_their_declared_size() -> None:
    gate = Gate()

    async def check(http: httpx.AsyncClient) -> None:
        large = b"x" * (40 * MIB)
        waiting = asyncio.create_task(http.post("/readPlateNumber", content=large))
        await gate.entered.acquire()
        assert (await http.post("/readPlateNumber", content=large)).json() == {"error": BUSY}
        small = asyncio.create_task(http.post("/readPlateNumber", content=b"x" * MIB))
        await gate.entered.acquire()
        gate.opened.set()
        assert (await waiting).status_code == (await small).status_code == 200
        assert (await http.post("/readPlateNumber", content=large)).status_code == 200

    serve(gate.answer, check, max_bytes_in_flight=64 * MIB, max_body_bytes=64 * MIB)


def test_a_body_without_a_declared_size_counts_as_the_largest() -> None:
    gate = Gate()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async def check(http: httpx.AsyncClient) -> None:
        waiting = asyncio.create_task(http.post("/readPlateNumber", content=chunks()))
        await gate.entered.acquire()
        refused = await http.post("/readPlateNumber", content=chunks())
        assert refused.json() == {"error": BUSY}
        gate.opened.set()
        assert (await waiting).status_code == 200

    serve(gate.answer, check, max_bytes_in_flight=64 * MIB, max_body_bytes=64 * MIB)


def test_a_request_that_takes_too_long_is_given_up() -> None:
    given_up = asyncio.Event()

    async def handler(_request: Request) -> Response:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            given_up.set()
            raise
        raise AssertionError("it was not given up")

    async def check(http: httpx.AsyncClient) -> None:
        for _ in range(2):  # the place of the first is free again
            answer = await http.post("/idToNum", content=b"{}")
            assert (answer.status_code, answer.json()) == (
                503,
                {"error": "there was no answer in 0.02 s, try again later"},
            )
        assert given_up.is_set()

    serve(handler, check, request_timeout_s=0.02, max_requests_in_flight=1)


def test_an_answer_that_has_begun_is_not_cut_off() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"first "
        await asyncio.sleep(0.1)
        yield b"last"

    async def handler(_request: Request) -> Response:
        return StreamingResponse(slowly())

    async def check(http: httpx.AsyncClient) -> None:
        assert (await http.get("/docs")).text == "first last"

    serve(handler, check, request_timeout_s=0.05)


def test_a_timeout_of_the_application_itself_is_not_the_deadline() -> None:
    async def handler(_request: Request) -> Response:
        raise TimeoutError("a bug")

    async def check(http: httpx.AsyncClient) -> None:
        with pytest.raises(TimeoutError, match="a bug"):
            await http.get("/docs")

    serve(handler, check)


def test_a_route_whose_pictures_wait_too_long_is_refused_and_others_are_not() -> None:
    stage = Stage()
    ask = gathering(stage)

    async def handler(request: Request) -> Response:
        await request.body()
        if request.method == "POST" and request.url.path == "/api/license_plate/recognize":
            await ask(1)
        return PlainTextResponse("done")

    async def read(http: httpx.AsyncClient) -> httpx.Response:
        return await http.post("/api/license_plate/recognize", content=b"picture")

    async def check(http: httpx.AsyncClient) -> None:
        waiting = [asyncio.create_task(read(http))]
        while not waiting[-1].done():  # it is refused where nothing ends for longer than max_wait_s
            waiting.append(asyncio.create_task(read(http)))
            await asyncio.wait(waiting[-1:], timeout=0.1)
        refused = waiting.pop().result()
        assert (refused.status_code, refused.json()) == (503, {"error": BUSY})
        assert refused.headers["retry-after"] == "1"
        assert (await http.post("/api/face/recognize", content=b"picture")).status_code == 200
        assert (await http.get("/api/license_plate/recognize")).status_code == 200
        stage.may_answer.set()
        assert {(await answer).status_code for answer in waiting} == {200}

    serve(handler, check, max_wait_s=0.5)


def test_requests_that_take_their_time_elsewhere_are_not_refused() -> None:
    gate = Gate()

    async def check(http: httpx.AsyncClient) -> None:
        waiting = []
        until = asyncio.get_running_loop().time() + 1  # longer than max_wait_s
        while asyncio.get_running_loop().time() < until:
            waiting.append(asyncio.create_task(http.post("/idToNum", content=b"{}")))
            await asyncio.wait(waiting[-1:], timeout=0.05)
        assert not any(one.done() for one in waiting)
        gate.opened.set()
        assert {(await answer).status_code for answer in waiting} == {200}

    serve(gate.answer, check, max_wait_s=0.5)
