"""Which keys open which routes, how often, and what a refusal says."""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from deployments.ingress.access.rules import RULES
from pipelines.errors import ConfigurationError
from tests.contract.application import RECOGNIZE_PLATE, REGISTER, Client, image
from tests.contract.application import plate_jpeg as plate
from tests.contract.guarded import Guarded, guard, rich
from tests.unit.access.key_files import add_key, revoke_key


@pytest.fixture
def make_guarded(make_client: Callable[..., Client], tmp_path: Path) -> Callable[..., Guarded]:
    """Makes an application with keys."""
    return functools.partial(guard, make_client, tmp_path)


@pytest.fixture
def guarded(make_guarded: Callable[..., Guarded]) -> Guarded:
    return make_guarded()


def routes(client: Client) -> dict[tuple[str, str], str]:
    """Every route of the application, with a path that leads to it."""
    numbers = {"{path:path}": "faces/x.jpg"}
    found = {}
    for route in iter_route_contexts(client.app.routes):
        path = re.sub(r"{\w+_id}", "1", route.path or "")
        for name, value in numbers.items():
            path = path.replace(name, value)
        for method in (route.methods or set()) - {"HEAD"}:
            found[method, route.path or ""] = path
    return found


def test_every_route_has_a_rule(client: Client) -> None:
    assert set(routes(client)) == set(RULES)


def test_without_a_key_probes_document_and_console_are_answered(guarded: Guarded) -> None:
    answered = {
        route
        for route, path in routes(guarded.client).items()
        if guarded.client.request(route[0], path).status_code != 401
    }
    probes = ("/healthz", "/readyz")
    document = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc")
    console = ("/", "/console/{version}/{name}")
    assert answered == {("GET", path) for path in (*probes, *document, *console)}


@pytest.mark.parametrize("scope", ["recognise", "enrol", "admin"])
def test_a_key_opens_the_routes_of_its_scope_and_no_others(guarded: Guarded, scope: str) -> None:
    headers = getattr(guarded, scope)
    for (method, path), rule in RULES.items():
        asked = routes(guarded.client)[method, path]
        answer = guarded.client.request(method, asked, headers=headers)
        allowed = rule.scope is None or scope in (rule.scope, "admin")
        assert (answer.status_code == 403) == (not allowed), (method, path)
        assert answer.status_code != 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/readPlateNumber", "recognise"),
        ("POST", "/api/license_plate/recognize", "recognise"),
        ("POST", "/api/face/recognize", "recognise"),
        ("POST", "/v1/faces:identify", "recognise"),
        ("GET", "/static/images/{path:path}", "recognise"),
        ("POST", "/api/face/register", "enrol"),
        ("POST", "/v1/drivers", "enrol"),
        ("GET", "/v1/drivers/{driver_id}/photo", "enrol"),
        ("GET", "/v1/cameras/{camera_id}/picture", "enrol"),
        ("DELETE", "/v1/drivers/{driver_id}", "admin"),
        ("GET", "/v1/gallery/export", "admin"),
        ("POST", "/v1/gallery/import", "admin"),
    ],
)
def test_what_a_route_needs(method: str, path: str, scope: str) -> None:
    assert RULES[method, path].scope == scope


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "//v1/gallery/export",
        "/healthz%2F..%2Fv1/gallery/export",
        "/V1/gallery/export",
        "/v1/gallery/export/%20",
        "/console",
        "/console/1/app.js/more",
        "/static/images",
    ],
)
def test_a_path_that_nobody_named_needs_admin(guarded: Guarded, path: str) -> None:
    assert guarded.client.get(path).status_code == 401
    assert guarded.client.get(path, headers=guarded.recognise).status_code == 403
    assert guarded.client.get(path, headers=guarded.admin).status_code in {400, 404}


@pytest.mark.parametrize("path", ["/v1/gallery/export", "/v1/gallery/export/", "/v1/drivers/1//"])
def test_a_trailing_slash_is_no_way_around(guarded: Guarded, path: str) -> None:
    method = "GET" if "export" in path else "DELETE"
    answer = guarded.client.request(method, path, headers=guarded.enrol)
    assert answer.status_code == 403
    assert guarded.client.request("HEAD", "/v1/gallery/export").status_code == 401


def test_a_key_is_sent_in_either_header(guarded: Guarded) -> None:
    key = guarded.recognise["x-api-key"]
    body = b'{"user": "Ann"}'
    for headers in (
        {"X-API-Key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer  {key} "},
        {"Authorization": "Basic Z2F0ZTox", "X-API-Key": key},
    ):
        answer = guarded.client.post("/greeting", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"result": "Hello Ann"}), headers
    both = {"Authorization": f"Bearer {key}", "X-API-Key": "gk_mistyped"}
    assert guarded.client.post("/greeting", content=body, headers=both).status_code == 401


@pytest.mark.parametrize(
    ("headers", "message", "challenge"),
    [
        (
            {},
            "send an API key, as Authorization: Bearer KEY or as X-API-Key: KEY",
            'Bearer realm="gatehouse"',
        ),
        (
            {"x-api-key": "gk_00000000_" + "A" * 43},
            "the API key is not known here: it is mistyped, or was revoked",
            'Bearer realm="gatehouse", error="invalid_token"',
        ),
    ],
)
def test_a_refusal_has_the_form_of_its_route(
    guarded: Guarded, headers: dict[str, str], message: str, challenge: str
) -> None:
    for path in ("/readPlateNumber", "/idToNumBatch", RECOGNIZE_PLATE, REGISTER):
        answer = guarded.client.post(path, headers=headers, content=b"x")
        assert (answer.status_code, answer.json()) == (401, {"error": message})
        assert answer.headers["www-authenticate"] == challenge
    answer = guarded.client.get("/v1/drivers", headers=headers)
    assert rich(answer) == (401, "unauthorized", message)
    assert answer.headers["www-authenticate"] == challenge


def test_a_key_without_the_scope_is_told_which_it_needs(guarded: Guarded) -> None:
    message = 'the API key "recognise-1" may not do this, it needs the scope enrol'
    older = guarded.client.post(REGISTER, headers=guarded.recognise)
    assert (older.status_code, older.json()) == (403, {"error": message})
    newer = guarded.client.get("/v1/drivers", headers=guarded.recognise)
    assert rich(newer) == (403, "forbidden", message)
    assert newer.json()["error"]["details"] == {"needed": "enrol", "scopes": ["recognise"]}
    for answer in (older, newer):
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="gatehouse", error="insufficient_scope", scope="enrol"'
        )


def test_keys_change_while_the_application_runs(guarded: Guarded) -> None:
    assert guarded.client.get("/v1/gallery", headers=guarded.recognise).status_code == 200
    revoke_key(guarded.keys_file, "recognise-1")
    new = {"x-api-key": add_key(guarded.keys_file, "recognise-2", "recognise")}
    assert guarded.client.get("/v1/gallery", headers=guarded.recognise).status_code == 401
    assert guarded.client.get("/v1/gallery", headers=new).status_code == 200
    guarded.keys_file.write_text("keys: [")
    assert guarded.client.get("/v1/gallery", headers=new).status_code == 200


def test_does_not_start_with_a_broken_key_file(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    (tmp_path / "keys.yaml").write_text("keys: [")
    access = {"keys_file": str(tmp_path / "keys.yaml"), "audit_file": str(tmp_path / "audit")}
    with pytest.raises(ConfigurationError, match=r"keys\.yaml is not YAML"):
        make_client(access=access)


def test_stored_crops_need_a_key_and_are_kept_by_no_browser(guarded: Guarded) -> None:
    sent = {"files": image(plate("30M2943")), "headers": guarded.recognise}
    path = "/" + guarded.client.post(RECOGNIZE_PLATE, **sent).json()["image_path"]
    assert guarded.client.get(path).status_code == 401
    assert guarded.client.get(path, headers=guarded.enrol).status_code == 403
    answer = guarded.client.get(path, headers=guarded.recognise)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "image/jpeg"


def refused(answers: list[httpx.Response], limit: int) -> httpx.Response:
    """One that was refused for its rate; a new minute may have begun among them."""
    late = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - 2 * limit <= len(late) <= len(answers) - limit
    return late[0]


def test_more_than_a_key_may_ask_is_refused(make_guarded: Callable[..., Guarded]) -> None:
    guarded = make_guarded(requests_per_minute=3)
    slow = {"x-api-key": add_key(guarded.keys_file, "slow", "recognise", requests_per_minute=1)}
    free = {"x-api-key": add_key(guarded.keys_file, "free", "recognise", requests_per_minute=0)}

    def answers(headers: Mapping[str, str], count: int) -> list[httpx.Response]:
        return [guarded.client.get("/v1/gallery", headers=headers) for _ in range(count)]

    assert {answer.status_code for answer in answers(free, 12)} == {200}
    answer = refused(answers(guarded.enrol, 8), 3)
    details = answer.json()["error"]["details"]
    assert details["requests_per_minute"] == 3
    assert 1 <= int(answer.headers["retry-after"]) == details["retry_after_s"] <= 60
    wait = f"wait {details['retry_after_s']} s"
    message = f'the API key "enrol-1" may make 3 requests a minute, {wait}'
    assert rich(answer) == (429, "rate_limited", message)
    own = refused(answers(slow, 4), 1)
    assert own.json()["error"]["details"]["requests_per_minute"] == 1
    assert guarded.client.get("/v1/gallery", headers=guarded.admin).status_code == 200
    assert guarded.client.get("/healthz").status_code == 200


def test_a_refusal_for_the_rate_has_the_form_of_its_route(
    make_guarded: Callable[..., Guarded],
) -> None:
    guarded = make_guarded(requests_per_minute=1)
    sent: dict[str, Any] = {"headers": guarded.recognise, "content": b"{}"}
    answer = refused([guarded.client.post("/idToNum", **sent) for _ in range(4)], 1)
    assert list(answer.json()) == ["error"]
    assert 'the API key "recognise-1" may make 1 requests a minute' in answer.json()["error"]
    assert int(answer.headers["retry-after"]) >= 1


def test_the_document_says_which_key_a_route_needs(guarded: Guarded) -> None:
    document = guarded.client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert {(one["type"], one.get("scheme"), one.get("name")) for one in schemes.values()} == {
        ("http", "bearer", None),
        ("apiKey", None, "X-API-Key"),
    }
    paths = document["paths"]
    assert paths["/healthz"]["get"]["security"] == []
    assert paths["/greeting"]["post"]["security"] == [{"bearer": []}, {"apiKey": []}]
    erase = paths["/v1/drivers/{driver_id}"]["delete"]
    assert erase["security"] == [{"bearer": ["admin"]}, {"apiKey": ["admin"]}]
    crop = paths["/static/images/{path}"]["get"]
    assert crop["security"] == [{"bearer": ["recognise"]}, {"apiKey": ["recognise"]}]
    for path, schema in (("/idToNum", "LegacyError"), ("/v1/drivers", "RichError")):
        for status in ("401", "403", "429"):
            content = paths[path]["post"]["responses"][status]["content"]["application/json"]
            assert content["schema"] == {"$ref": f"#/components/schemas/{schema}"}
            assert content["examples"]


def test_with_keys_off_nothing_is_asked_and_nothing_written(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client()
    answer = client.post("/greeting", content=b'{"user": "Ann"}', headers={"x-api-key": "any"})
    assert answer.json() == {"result": "Hello Ann"}
    assert client.get("/v1/gallery/export").status_code == 200
    assert "securitySchemes" not in client.get("/openapi.json").json()["components"]
    assert not list(tmp_path.glob("*.jsonl"))
