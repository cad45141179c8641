"""What stands around the routes, through HAProxy and a replica."""

import httpx
import pytest

from tests.serve.service import SAMPLE, Service

pytestmark = pytest.mark.serve


def test_on_loopback_no_key_is_asked_for(service: Service) -> None:
    with service.client() as http:
        assert http.post("/readPlateNumber", content=SAMPLE.read_bytes()).status_code == 200
        assert http.get("/v1/gallery/export").status_code == 200


def test_answers_keep_their_security_headers_on_the_way(service: Service) -> None:
    with service.client() as http:
        answers = [http.get("/healthz"), http.get("/nowhere"), http.get("/v1/drivers/999999")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; frame-ancestors 'none'"
        )


def test_a_page_of_another_site_cannot_write(service: Service) -> None:
    with service.client() as http:
        answer: httpx.Response = http.post(
            "/v1/drivers/999999/merge",
            json={"driver_id": 7},
            headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
