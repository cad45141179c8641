"""What browsers are told, and what web pages may."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.application import REGISTER, Client, images, photos_of
from tests.contract.guarded import guard, rich


def test_every_answer_has_security_headers(make_client: Callable[..., Client]) -> None:
    client = make_client()
    client.faults.search = RuntimeError("unforeseen")
    answers = [
        client.get("/healthz"),
        client.get("/nowhere"),
        client.get("/v1/drivers/7"),
        client.post("/readPlateNumber", content=b"x" * (17 * 1024 * 1024)),
        client.post("/v1/faces:identify", content=photos_of(7, 1)[0]),
        client.get("/docs"),
    ]
    assert [one.status_code for one in answers] == [200, 404, 404, 413, 500, 200]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "default-src" not in answers[-1].headers["content-security-policy"]


def test_other_web_pages_are_let_in_by_no_default(client: Client) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    asked = client.request("OPTIONS", "/v1/drivers", headers=headers)
    assert "access-control-allow-origin" not in asked.headers
    answer = client.get("/v1/drivers", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_of_another_site_sends_is_refused_with_keys_off(
    client: Client, site: str
) -> None:
    headers = {"sec-fetch-site": site, "origin": "https://evil.example"}
    message = "a web page of another site may not send this: name its origin in access.cors_origins"
    older = client.post(REGISTER, files=images(*photos_of(7, 3)), headers=headers)
    assert (older.status_code, older.json()) == (403, {"error": message})
    newer = client.post("/v1/drivers", files=images(*photos_of(7, 3)), headers=headers)
    assert rich(newer) == (403, "forbidden", message)
    assert client.get("/v1/gallery", headers=headers).json()["drivers"] == 0
    own = client.post("/greeting", json={"user": "Ann"}, headers={"sec-fetch-site": "same-origin"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://testserver:81", 403), (None, 200)],
)
def test_older_browsers_are_told_by_their_origin_alone(
    client: Client, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"origin": origin}
    answer = client.post("/greeting", json={"user": "Ann"}, headers=headers)
    assert answer.status_code == status


def test_a_page_of_the_service_itself_may_send(client: Client) -> None:
    headers = {"origin": "http://gate.example:8000", "host": "gate.example:8000"}
    assert client.post("/greeting", json={"user": "Ann"}, headers=headers).status_code == 200


def test_named_web_pages_may_call(make_client: Callable[..., Client], tmp_path: Path) -> None:
    page = "https://gate.example.com"
    guarded = guard(make_client, tmp_path, cors_origins=[page])
    asked = guarded.client.request(
        "OPTIONS",
        "/v1/drivers",
        headers={
            "origin": page,
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-api-key",
        },
    )
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, page)
    for header in ("x-api-key", "last-event-id"):
        assert header in asked.headers["access-control-allow-headers"]
    refused = guarded.client.get("/v1/drivers", headers={"origin": page})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == page
    other = guarded.client.get("/v1/drivers", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
