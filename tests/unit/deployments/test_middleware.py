"""Trailing slashes, request ids and body limits."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from deployments.ingress.middleware import (
    BodyLimit,
    RequestId,
    SecurityHeaders,
    TrailingSlash,
    request_id,
)
from pipelines.errors import TooLarge


async def echo(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} {request_id.get()}")


async def too_large(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 413)


def client(max_bytes: int = 100) -> httpx.AsyncClient:
    app = Starlette(
        routes=[Route("/echo", echo, methods=["POST"])], exception_handlers={TooLarge: too_large}
    )
    app.add_middleware(BodyLimit, max_bytes=max_bytes)
    app.add_middleware(TrailingSlash)
    app.add_middleware(RequestId)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def post(path: str, **options: object) -> httpx.Response:
    async def send() -> httpx.Response:
        async with client() as http:
            return await http.post(path, **options)  # type: ignore[arg-type]

    return asyncio.run(send())


@pytest.mark.parametrize("path", ["/echo", "/echo/", "/echo//"])
def test_answers_with_and_without_a_trailing_slash(path: str) -> None:
    assert post(path, content=b"abc").status_code == 200


@pytest.mark.parametrize("path", ["/echo%0a", "/echo%0A/", "/echo%7f", "/%00echo"])
def test_a_path_with_a_control_character_is_of_no_route(path: str) -> None:
    assert post(path, content=b"abc").status_code == 404


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert post("/echo", content=b"x" * 100).text.startswith("100 ")


def test_a_declared_body_over_the_limit_is_refused() -> None:
    answer = post("/echo", content=b"x" * 101)
    assert answer.status_code == 413
    assert answer.json() == {
        "error": "the request body is larger than 100 bytes, send a smaller picture"
    }


def test_an_undeclared_body_is_refused_at_the_first_byte_too_many() -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 40
            yield b"x" * 40

    assert post("/echo", content=chunks()).status_code == 413
    assert sent <= 160


def test_a_sound_request_id_of_the_caller_is_kept() -> None:
    answer = post("/echo", content=b"", headers={"X-Request-ID": "gate-7.a_1"})
    assert answer.text.endswith(" gate-7.a_1")


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "é", "a\tb"])
def test_an_unsound_request_id_is_replaced(sent: str) -> None:
    answer = post("/echo", content=b"", headers={"X-Request-ID": sent.encode("latin-1")})
    _, _, known_as = answer.text.partition(" ")
    assert len(known_as) == 32
    assert known_as != sent


@pytest.mark.parametrize(
    ("never_kept", "said", "cache"),
    [
        (False, {}, "no-store"),
        (False, {"cache-control": "private, max-age=60"}, "private, max-age=60"),
        (True, {"cache-control": "private, max-age=60"}, "no-store"),
    ],
)
def test_an_answer_may_be_kept_where_it_says_so_and_nobody_needs_a_key(
    never_kept: bool, said: dict[str, str], cache: str
) -> None:
    answer = secured(Response(b"x", media_type="image/jpeg", headers=said), never_kept)
    assert answer.headers.get_list("cache-control") == [cache]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    policy = "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["content-security-policy"] == policy


def test_a_page_runs_its_scripts_and_may_have_a_policy_of_its_own() -> None:
    page = secured(Response("<p>", media_type="text/html"))
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"
    own = {"content-security-policy": "script-src 'self'"}
    page = secured(Response("<p>", media_type="text/html", headers=own))
    assert page.headers.get_list("content-security-policy") == ["script-src 'self'"]


def secured(response: Response, never_kept: bool = False) -> httpx.Response:
    """The answer as it is sent."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(SecurityHeaders(response, never_kept=never_kept))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get("/")

    return asyncio.run(send())
