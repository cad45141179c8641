"""Errors as answers, and what is logged of them."""

import asyncio
import json
import logging

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Scope

from deployments.ingress import errors
from deployments.ingress.wording import printable
from pipelines.errors import ConfigurationError, GatehouseError, NotEnoughFaces, Overloaded

LOGGER = "deployments.ingress.errors"


def scope(path: str, root_path: str = "") -> Scope:
    return {"type": "http", "method": "POST", "path": path, "root_path": root_path, "headers": []}


def body(error: GatehouseError, path: str = "/elsewhere") -> dict[str, object]:
    answer: dict[str, object] = json.loads(bytes(errors.answer(scope(path), error).body))
    return answer


def test_odd_text_is_answered_with_replacements() -> None:
    error = NotEnoughFaces("no face in \ud800", {"names": ["\udfffx", 3], "by": {"\ud800": None}})
    assert body(error, "/api/face/register") == {"error": "no face in \ufffd"}
    assert body(error) == {
        "error": {
            "code": "not_enough_faces",
            "message": "no face in \ufffd",
            "request_id": "-",
            "details": {"names": ["\ufffdx", 3], "by": {"\ufffd": None}},
        }
    }


@pytest.mark.parametrize("text", ["", "Ann", "é€😀", "\0"])
def test_sound_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_route_is_known_below_a_prefix() -> None:
    answer = errors.answer(scope("/gate/idToNum/", "/gate"), Overloaded("busy"))
    assert json.loads(bytes(answer.body)) == {"error": "busy"}


def test_overload_is_one_line_and_a_failure_of_ours_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors.answer(scope("/idToNum"), Overloaded("busy"))
    errors.answer(scope("/idToNum"), ConfigurationError("broken"))
    logged = [(record.name, record.levelno, bool(record.exc_info)) for record in caplog.records]
    assert logged == [(LOGGER, logging.WARNING, False), (LOGGER, logging.ERROR, True)]


def test_a_caller_who_hangs_up_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    errors.install(app)

    @app.post("/idToNum")
    async def read(request: Request) -> None:
        await request.body()

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app({**scope("/idToNum"), "query_string": b""}, receive, send))
    assert sent[0]["status"] == 499
    assert not caplog.records
