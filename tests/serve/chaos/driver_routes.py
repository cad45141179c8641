"""The calls over the /v1 routes."""

from http import HTTPStatus
from typing import Any

import httpx

from tests.serve.chaos.journal import Reply
from tests.serve.chaos.people import SAME_PERSON
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
    Record,
    Register,
    Registered,
    RemoveFace,
    Rename,
    Search,
)

CANDIDATES = 20
"""Asked for with each face; more than anybody has drivers."""


class DriverRoutes:
    """Sends calls to /v1/drivers and /v1/faces:identify."""

    calls: frozenset[type[Call]] = frozenset(
        {Register, AddFaces, RemoveFace, Rename, Merge, Erase, Search, Look}
    )
    keyed: frozenset[type[Call]] = frozenset({Register, AddFaces})
    share = 6

    def fitted(self, call: Call) -> Call:
        """The call as it is."""
        return call

    def ask(self, http: httpx.Client, call: Call, photos: list[bytes], key: str) -> Reply:
        """Send one call with the person's photos."""
        answer = _sent(http, call, photos, key)
        body = json_of(answer)
        if body is None:
            return Reply(None, f"{answer.status_code} of Serve", heard=answer.text[:300])
        status = str(answer.status_code)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            status += f" {body['error']['code']}"
            return Reply(None, status, heard=body["error"]["message"])
        if answer.is_success:
            return _told(call, body, status)
        refused = _refused(call, body["error"])
        return Reply(refused, status, surprise=None if refused else answer.text[:500])


def json_of(answer: httpx.Response) -> dict[str, Any] | None:
    """The body of an answer of ours; None where Serve or its proxy answered in our place."""
    if not answer.content:
        return {}
    if answer.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None
    body: dict[str, Any] = answer.json()
    return body


def _sent(http: httpx.Client, call: Call, photos: list[bytes], key: str) -> httpx.Response:
    files = [("images", (f"{n}.jpg", one)) for n, one in enumerate(photos)]
    keyed = {"headers": {"idempotency-key": key}, "files": files}
    route = "" if isinstance(call, Register | Search) else f"/v1/drivers/{call.driver_id}"
    method, options = "POST", dict[str, Any]()
    match call:
        case Search():
            route = "/v1/faces:identify"
            options = {"params": {"top_k": CANDIDATES}, "files": {"image": photos[0]}}
        case Register():
            route = "/v1/drivers"
            name = {"name": call.name} if call.name else {}
            options = {"params": {"allow_twin": str(call.twin).lower()}, "data": name, **keyed}
        case AddFaces():
            route += "/faces"
            options = {"params": {"allow_twin": "true"}, **keyed}
        case RemoveFace():
            method, route = "DELETE", f"{route}/faces/{call.face_id}"
        case Rename():
            if_match = {} if call.version is None else {"if-match": f'"{call.version}"'}
            method, options = "PATCH", {"headers": if_match, "json": {"name": call.name}}
        case Merge():
            route += "/merge"
            # One of them may have lost the faces that both had.
            options = {"params": {"allow_unlike": "true"}, "json": {"driver_id": call.other_id}}
        case Erase():
            method = "DELETE"
        case Look():
            method = "GET"
    return http.request(method, route, **options)


def _told(call: Call, body: dict[str, Any], status: str) -> Reply:
    answer: Answer
    match call:
        case Search():
            (face,) = body["faces"]
            near = frozenset(
                one["driver_id"] for one in face["candidates"] if one["similarity"] >= SAME_PERSON
            )
            named = face["driver"]["id"] if face["driver"] else None
            wrong = named not in near if named else len(near) == 1
            return Reply(
                Found(near, face["sequence"]), status, surprise=str(face) if wrong else None
            )
        case Register() | AddFaces():
            driver_id = body["driver"]["id"]
            answer = Registered(driver_id) if isinstance(call, Register) else Done()
            taken = [one["face_id"] for one in body["photos"] if one["outcome"] == "taken"]
            surprise = str(body["photos"]) if len(taken) != call.faces else None
            return Reply(
                answer, status, surprise, seen=(driver_id, _record(body["driver"])), faces=taken
            )
        case Look():
            answer = _record(body)
        case Rename() | Merge() | RemoveFace() if body:
            answer = Done(body["version"])
        case _:
            answer = Done()
    return Reply(answer, status)


def _record(driver: dict[str, Any]) -> Record:
    return Record(driver["face_count"], driver["version"], driver["name"])


def _refused(call: Call, error: dict[str, Any]) -> Answer | None:
    match error["code"]:
        case "already_enrolled" if isinstance(call, Register):
            return Enrolled()
        case "version_mismatch" if isinstance(call, Rename):
            return Changed()
        case "last_face" if isinstance(call, RemoveFace):
            return Last()
        case "driver_not_found" if "driver_id" in error["details"]:
            # Sent again, after what it did had been erased.
            driver_id = error["details"]["driver_id"]
            return Registered(driver_id) if isinstance(call, Register) else Done()
        case "driver_not_found" | "face_not_found" if not isinstance(call, Register | Search):
            return Absent()
    return None
