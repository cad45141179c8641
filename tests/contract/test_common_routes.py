"""Stored crops, health, unknown routes, request ids and the API document."""

import pytest

from tests.contract.application import Client


@pytest.mark.parametrize(
    "path",
    [
        "/static/images/license_plates/20210419_105659_PIH1Q6_lp.jpg",
        "/static/images/license_plates/../gatehouse.db",
        "/static/images/license_plates/..%2f..%2fgatehouse.db",
        "/static/images/%2e%2e/%2e%2e/gatehouse.db",
        "/static/images//etc/passwd",
        "/static/images/faces/",
        "/static/images/license_plates/20210419_105659_PIH1Q6_lp.jpg%00.png",
    ],
)
def test_a_crop_that_is_not_there_or_not_ours_is_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_an_unknown_route_answers_the_rich_error(client: Client) -> None:
    answer = client.get("/nowhere", headers={"x-request-id": "gate-7"})
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "not_found",
            "message": "GET /nowhere: Not Found",
            "request_id": "gate-7",
            "details": {},
        }
    }


def test_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_api_document_describes_every_route_with_bodies_examples_and_errors(
    client: Client,
) -> None:
    document = client.get("/openapi.json").json()
    legacy = {
        "/greeting",
        "/readPlateNumber",
        "/idToNum",
        "/idToNumBatch",
        "/api/license_plate/recognize",
        "/api/face/register",
        "/api/face/recognize",
    }
    assert legacy | {"/healthz", "/static/images/{path}"} == set(document["paths"])
    for path in legacy:
        operation = document["paths"][path]["post"]
        assert operation["requestBody"]["content"], path
        assert operation["responses"]["400"]["content"]["application/json"]["examples"], path
    schemas = document["components"]["schemas"]
    distance = schemas["RecognizedDriver"]["properties"]["recognition_distance"]
    assert "COSINE SIMILARITY" in distance["description"]


def test_the_documentation_page_answers(client: Client) -> None:
    assert client.get("/docs").status_code == 200
