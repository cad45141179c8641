"""What a client writes down of answers, failures and requests that it sends again."""

import json
import math
import random
from collections.abc import Callable, Iterator
from itertools import count

import httpx
import pytest

from tests.serve.chaos.clients import Client
from tests.serve.chaos.crowd import Crowd, Person
from tests.serve.chaos.driver_routes import DriverRoutes
from tests.serve.chaos.journal import Journal
from tests.serve.chaos.legacy_routes import LegacyRoutes
from tests.serve.operations import (
    Absent,
    AddFaces,
    Answer,
    Call,
    Changed,
    Done,
    Enrolled,
    Erase,
    Found,
    Last,
    Look,
    Merge,
    Named,
    Record,
    Register,
    Registered,
    RemoveFace,
    Rename,
    Search,
)

Handler = Callable[[httpx.Request], httpx.Response]

DRIVER = {"id": 7, "face_count": 3, "version": 1, "name": None}
PHOTOS = [{"outcome": "taken", "face_id": face_id} for face_id in (1, 2, 3)]
CREATED = httpx.Response(201, json={"driver": DRIVER, "photos": PHOTOS})
REGISTER = Register(3)


class Answering:
    """A service that answers as a handler does."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def client(self, timeout_s: float) -> httpx.Client:
        transport = httpx.MockTransport(self._handler)
        return httpx.Client(transport=transport, base_url="http://service", timeout=timeout_s)


def error(status: int, code: str, **details: object) -> httpx.Response:
    body = {"code": code, "message": "why", "request_id": "1", "details": details}
    return httpx.Response(status, json={"error": body})


def client(handler: Handler, *calls: Call) -> tuple[Client, Journal]:
    """A client that asks these calls about one person and then ends."""
    journal = Journal()
    crowd = OneByOne(calls)
    return Client(1, Answering(handler), [DriverRoutes()], crowd, journal), journal


class OneByOne(Crowd):
    """Hands out given calls about one person."""

    def __init__(self, calls: tuple[Call, ...]) -> None:
        super().__init__(count(1), DriverRoutes.calls, len(calls))
        self._calls_left: Iterator[Call] = iter(calls)

    def next_call(self, dice: random.Random) -> tuple[Person, Call] | None:
        del dice  # the order is given
        call = next(self._calls_left, None)
        return None if call is None else (self.everybody[0], call)


def test_a_registration_without_an_answer_is_sent_again_with_its_key_and_counts_once() -> None:
    keys = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append((request.headers["idempotency-key"], len(request.content)))
        if len(keys) == 1:
            raise httpx.ReadTimeout("lost", request=request)
        return CREATED

    one, journal = client(handler, REGISTER)
    one.run()
    assert len(keys) == 2
    assert len(set(keys)) == 1
    (register, look) = journal.snapshot()
    assert (register.call, register.answer) == (REGISTER, Registered(7))
    assert (look.call, look.answer) == (Look(7), Record(3, 1, None))
    assert register.invoked_at < look.invoked_at < look.answered_at == register.answered_at


def test_a_refusal_of_the_second_sending_leaves_the_first_without_an_answer() -> None:
    answers = iter([httpx.Response(502, text="proxy"), error(409, "already_enrolled")])
    one, journal = client(lambda _: next(answers), REGISTER)
    one.run()
    first, second = journal.snapshot()
    assert (first.answer, first.answered_at) == (None, math.inf)
    assert second.answer == Enrolled()
    assert first.invoked_at < second.invoked_at


def test_a_write_without_a_key_is_sent_once() -> None:
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return error(503, "gallery_unavailable")

    one, journal = client(handler, Erase(7))
    one.run()
    assert sent == ["DELETE"]
    assert [one.answer for one in journal.snapshot()] == [None]
    assert journal.statuses == {("Erase", "503 gallery_unavailable"): 1}


def test_a_request_that_reached_nobody_is_no_call_yet() -> None:
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        if len(sent) < 3:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(204)

    one, journal = client(handler, Erase(7))
    one.run()
    (erased,) = journal.snapshot()
    assert (len(sent), erased.answer) == (3, Done())


@pytest.mark.parametrize(
    ("call", "response", "answer"),
    [
        (REGISTER, CREATED, Registered(7)),
        (REGISTER, error(409, "already_enrolled"), Enrolled()),
        (REGISTER, error(404, "driver_not_found", driver_id=7), Registered(7)),
        (AddFaces(7, 3), CREATED, Done()),
        (AddFaces(7, 3), error(404, "driver_not_found"), Absent()),
        (AddFaces(7, 3), error(404, "driver_not_found", driver_id=7), Done()),
        (RemoveFace(7, 1), httpx.Response(200, json=DRIVER), Done(1)),
        (RemoveFace(7, 1), error(404, "face_not_found"), Absent()),
        (RemoveFace(7, 1), error(409, "last_face"), Last()),
        (Rename(7, "Ann", 1), httpx.Response(200, json=DRIVER), Done(1)),
        (Rename(7, "Ann", 1), error(412, "version_mismatch"), Changed()),
        (Merge(7, 8), httpx.Response(200, json=DRIVER), Done(1)),
        (Erase(7), httpx.Response(204), Done()),
        (Erase(7), error(404, "driver_not_found"), Absent()),
        # Serve answers in plain text while it does not know the application.
        (Erase(7), httpx.Response(404, text="Path not found"), None),
        (Look(7), httpx.Response(200, json=DRIVER), Record(3, 1, None)),
        (Look(7), error(404, "driver_not_found"), Absent()),
    ],
)
def test_understands_the_v1_routes(
    call: Call, response: httpx.Response, answer: Answer | None
) -> None:
    with Answering(lambda _: response).client(1) as http:
        reply = DriverRoutes().ask(http, call, [b"photo"] * 3, "key")
    assert (reply.answer, reply.surprise) == (answer, None)


def test_takes_every_driver_alike_enough_for_found() -> None:
    near = [{"driver_id": n, "similarity": s} for n, s in ((7, 0.97), (8, 0.95), (9, 0.3))]
    face = {"candidates": near, "sequence": 12, "driver": None}
    with Answering(lambda _: httpx.Response(200, json={"faces": [face]})).client(1) as http:
        reply = DriverRoutes().ask(http, Search(), [b"photo"], "")
        assert (reply.answer, reply.surprise) == (Found(frozenset({7, 8}), 12), None)
        face["driver"] = {"id": 9}
        assert DriverRoutes().ask(http, Search(), [b"photo"], "").surprise is not None


def test_an_answer_that_no_route_should_give_is_a_surprise() -> None:
    with Answering(lambda _: error(418, "teapot")).client(1) as http:
        reply = DriverRoutes().ask(http, Erase(7), [], "")
    assert reply.answer is None
    assert json.loads(reply.surprise or "")["error"]["code"] == "teapot"


@pytest.mark.parametrize(
    ("call", "response", "answer"),
    [
        (REGISTER, httpx.Response(200, json={"user_id": "7"}), Registered(7)),
        (AddFaces(7, 1), httpx.Response(200, json={"user_id": "7"}), Done()),
        (AddFaces(7, 1), httpx.Response(404, json={"error": "user not found"}), Absent()),
        (Search(), httpx.Response(200, json={"user_id": 7}), Named(7)),
        (Search(), httpx.Response(400, json={"error": "user not found"}), Named(None)),
        (Search(), httpx.Response(503, json={"error": "busy"}), None),
        (Search(), httpx.Response(404, text="Path not found"), None),
    ],
)
def test_understands_the_old_routes(
    call: Call, response: httpx.Response, answer: Answer | None
) -> None:
    with Answering(lambda _: response).client(1) as http:
        reply = LegacyRoutes().ask(http, LegacyRoutes().fitted(call), [b"photo"] * 3, "")
    assert (reply.answer, reply.surprise) == (answer, None)
