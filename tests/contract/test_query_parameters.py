"""Query parameters of the /v1 routes: those that are documented, and no others."""

import re
from typing import Any

import httpx
import pytest

from tests.contract.application import Client, face_jpeg, image, images, photos_of, plate_jpeg
from tests.contract.driver_calls import DRIVERS, IDENTIFY, created, error_of
from tests.contract.gallery_files import EXPORT, IMPORT
from tests.contract.test_v1_document import ROUTES

EVERY_ROUTE = [(method, path) for path in ROUTES for method in sorted(ROUTES[path])]


def sent(client: Client, method: str, path: str, query: str) -> httpx.Response:
    """A request that the route could answer, but for its query."""
    bodies: dict[str, dict[str, Any]] = {
        DRIVERS: {"files": images(*photos_of(8, 3))},
        IDENTIFY: {"files": image(face_jpeg(7))},
        IMPORT: {"content": b"\x1f\x8b"},
        f"{DRIVERS}/1": {"json": {"name": "Ann"}},
        f"{DRIVERS}/1/merge": {"json": {"driver_id": 2}},
        f"{DRIVERS}/1/faces": {"files": images(face_jpeg(7, 222))},
        f"{DRIVERS}/1/verify": {"files": image(face_jpeg(7))},
        "/v1/plates:read": {"files": image(plate_jpeg("30M2943"))},
        "/v1/plates:readBatch": {"files": images(plate_jpeg("30M2943"))},
        "/v1/gate:check": {"files": image(plate_jpeg("30M2943"))},
        "/v1/vehicles": {"json": {"plate": "30M2943"}},
        "/v1/vehicles/1": {"json": {"notes": "van"}},
    }
    redeliver = "/v1/webhooks/1/dead-letters/1/redeliver"
    bodies |= {"/v1/webhooks": {"json": {"url": "https://fleet.example.com/"}}, redeliver: {}}
    there = re.sub(r"{\w+}", "1", path)
    body = bodies[there] if method in {"post", "patch"} else {}
    return client.request(method.upper(), f"{there}?{query}", **body)


def documented(client: Client, method: str, path: str) -> list[str]:
    """The query parameters that the document names."""
    operation = client.get("/openapi.json").json()["paths"][path][method]
    parameters = operation.get("parameters", [])
    return [parameter["name"] for parameter in parameters if parameter["in"] == "query"]


@pytest.mark.parametrize(("method", "path"), EVERY_ROUTE)
def test_every_route_refuses_parameters_that_it_does_not_have(
    quiet_client: Client, method: str, path: str
) -> None:
    answer = sent(quiet_client, method, path, "alow_twin=true&page=2&page=3")
    names = ", ".join(documented(quiet_client, method, path)) or "none"
    said = f"there is no such parameter, this route takes {names}"
    assert error_of(answer) == (400, "invalid_request", f"alow_twin: {said}; page: {said}")
    assert answer.json()["error"]["details"] == {
        "fields": [{"field": "alow_twin", "message": said}, {"field": "page", "message": said}]
    }
    assert quiet_client.get(f"{DRIVERS}/1").headers["etag"] == '"1"'
    assert len(quiet_client.get(DRIVERS).json()["drivers"]) == 1


@pytest.mark.parametrize("name", ["n" * 30_000, "", "\x00", "é"])
def test_any_name_is_refused_alike(quiet_client: Client, name: str) -> None:
    answer = quiet_client.get(f"{DRIVERS}/1", params={name: "1"})
    assert error_of(answer)[:2] == (400, "invalid_request")
    assert answer.json()["error"]["message"].endswith("no such parameter, this route takes none")
    assert len(answer.content) < 1000


def test_documented_parameters_are_taken(client: Client) -> None:
    created(client, 7)
    moment = "2026-11-22T12:00:00Z"
    values = {"cursor": None, "query": "ann", "external_id": "a", "format": "csv"}
    values |= {"from": moment, "until": moment, "kind": "plate_read", "decision": "allow"}
    values |= {"timestamp": moment, "region": "VN", "list": "allow", "plate": "30A"}
    taken = {}
    for method, path in EVERY_ROUTE:
        names = documented(client, method, path)
        said = {name: values.get(name, "1") for name in names}
        query = "&".join(f"{name}={value}" for name, value in said.items() if value)
        if names:
            taken[method, path] = sent(client, method, path, query).status_code
    assert taken == {
        ("get", DRIVERS): 200,
        ("post", DRIVERS): 201,
        ("post", f"{DRIVERS}/{{driver_id}}/merge"): 200,
        ("post", f"{DRIVERS}/{{driver_id}}/faces"): 201,
        ("post", IDENTIFY): 200,
        ("post", "/v1/plates:read"): 200,
        ("post", "/v1/plates:readBatch"): 200,
        ("post", "/v1/gate:check"): 200,
        ("get", "/v1/vehicles"): 200,
        **{("get", f"/v1/events{of}"): 200 for of in ("", ":export", ":stream")},
        ("get", "/v1/events:hourly"): 400,  # for a time that is empty
        ("get", "/v1/events:report"): 400,  # for its format, and a time that is empty
        ("get", "/v1/webhooks/{webhook_id}/dead-letters"): 404,
        ("get", EXPORT): 200,
        ("post", IMPORT): 400,  # for its body
    }
