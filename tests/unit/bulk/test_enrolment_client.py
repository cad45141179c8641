"""Asking a service to enrol drivers."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pipelines.bulk.driver_folders import DriverPhotos
from pipelines.bulk.enrolment_client import EnrolmentClient
from pipelines.errors import (
    ConfigurationError,
    Forbidden,
    GatehouseError,
    Unauthorized,
    Unavailable,
)

ANN = DriverPhotos("Ann", (("a.jpg", b"1"), ("b.jpg", b"2")))
CREATED = {"driver": {"id": 7}, "photos": [{"name": "a.jpg", "outcome": "taken"}]}


def error(code: str, message: str, **details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "request_id": "1", "details": details}}


class Scripted:
    """A service that answers what it is told to, in order, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | type[httpx.TransportError]) -> None:
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []
        self._answers = iter(answers)

    def enrol(self, *, allow_twin: bool = False) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            transport = httpx.MockTransport(self._answer)
            async with httpx.AsyncClient(transport=transport, base_url="http://gate") as http:
                return await EnrolmentClient(http, allow_twin, self._pause).enrol(ANN)

        return asyncio.run(ask())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, httpx.Response):
            return answer
        raise answer("gone")

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_a_driver_is_sent_with_name_photos_and_key() -> None:
    service = Scripted(httpx.Response(201, json=CREATED))
    assert service.enrol() == {
        "outcome": "enrolled",
        "driver_id": 7,
        "photos": CREATED["photos"],
        "error": None,
    }
    (asked,) = service.asked
    assert (asked.method, str(asked.url)) == ("POST", "http://gate/v1/drivers")
    assert asked.headers["idempotency-key"] == ANN.idempotency_key
    body = asked.content
    assert b'name="name"\r\n\r\nAnn' in body
    assert b'name="images"; filename="b.jpg"' in body


def test_one_who_is_there_by_the_same_request_is_enrolled_before() -> None:
    assert Scripted(httpx.Response(200, json=CREATED)).enrol()["outcome"] == "enrolled_before"


def test_twins_are_allowed_where_that_is_asked() -> None:
    service = Scripted(httpx.Response(201, json=CREATED))
    service.enrol(allow_twin=True)
    assert service.asked[0].url.query == b"allow_twin=true"


def test_one_who_was_sent_before_without_twins_is_asked_for_as_then() -> None:
    reused = httpx.Response(409, json=error("idempotency_key_reused", "another request"))
    service = Scripted(reused, httpx.Response(200, json=CREATED))
    assert service.enrol(allow_twin=True)["outcome"] == "enrolled_before"
    assert [asked.url.query for asked in service.asked] == [b"allow_twin=true", b""]


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, text="<html>hello"), httpx.Response(200, json=[]), httpx.Response(204)],
)
def test_an_answer_without_a_driver_is_none_of_the_service(answer: httpx.Response) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Scripted(answer).enrol()
    assert str(refused.value) == (
        f"http://gate answers {answer.status_code} and names no driver: it is no Gatehouse"
    )


def test_a_refusal_is_an_outcome_with_its_photos() -> None:
    photos = [{"name": "a.jpg", "outcome": "rejected", "reason": "no_face"}]
    refusal = error("not_enough_faces", "1 of 2 photos can be used", usable=1, photos=photos)
    outcome = Scripted(httpx.Response(422, json=refusal)).enrol()
    assert (outcome["outcome"], outcome["driver_id"], outcome["photos"]) == ("failed", None, photos)
    assert outcome["error"] == {
        "status": 422,
        "code": "not_enough_faces",
        "message": "1 of 2 photos can be used",
        "details": {"usable": 1},
    }


def test_an_answer_of_something_before_the_service_is_an_outcome_too() -> None:
    outcome = Scripted(httpx.Response(413, text="<html>too large")).enrol()
    assert outcome["error"] == {
        "status": 413,
        "code": "http_413",
        "message": "<html>too large",
        "details": {},
    }


@pytest.mark.parametrize(
    "passing",
    [
        lambda: httpx.ConnectError,
        lambda: httpx.ReadTimeout,
        lambda: httpx.Response(503, json=error("overloaded", "busy")),
        lambda: httpx.Response(429, json=error("rate_limited", "too many")),
    ],
)
def test_what_passes_is_tried_again_with_the_same_key(passing: Callable[[], Any]) -> None:
    service = Scripted(passing(), passing(), httpx.Response(201, json=CREATED))
    assert service.enrol()["driver_id"] == 7
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 1
    assert service.pauses == [1.0, 2.0]


def test_a_service_that_does_not_answer_ends_the_job() -> None:
    service = Scripted(*[httpx.ConnectError] * 5, httpx.Response(503, text="no"))
    with pytest.raises(Unavailable) as ended:
        service.enrol()
    assert str(ended.value) == "http://gate did not answer 6 times, last 503 no"


@pytest.mark.parametrize(("status", "raised"), [(401, Unauthorized), (403, Forbidden)])
def test_a_key_that_may_not_enrol_ends_the_job(status: int, raised: type[GatehouseError]) -> None:
    with pytest.raises(raised, match=r"^send an API key$"):
        Scripted(httpx.Response(status, json=error("x", "send an API key"))).enrol()
