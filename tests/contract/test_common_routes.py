"""Stored crops, health, unknown routes, request ids and the API document."""

from collections.abc import Callable

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import RECOGNIZE_PLATE, Client, image, plate_jpeg


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
def test_a_crop_that_is_not_there_or_not_ours_is_404(quiet_client: Client, path: str) -> None:
    answer = quiet_client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_an_unknown_route_answers_the_rich_error(quiet_client: Client) -> None:
    answer = quiet_client.get("/nowhere", headers={"x-request-id": "gate-7"})
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


def test_ready_while_every_stage_answers(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"ready_keep_s": 0})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    client.faults.search = GalleryUnavailable("the gallery's store cannot be read")
    answer = client.get("/readyz", headers={"x-request-id": "gate-7"})
    assert answer.status_code == 503
    assert answer.json() == {
        "error": {
            "code": "unavailable",
            "message": "not ready: DriverIndex",
            "request_id": "gate-7",
            "details": {"not_ready": {"DriverIndex": "the gallery's store cannot be read"}},
        }
    }
    client.faults.search = None
    assert client.get("/readyz").status_code == 200


def test_readiness_is_asked_again_only_after_a_while(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    client.faults.search = GalleryUnavailable("the gallery's store cannot be read")
    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
def test_head_is_get_without_a_body(quiet_client: Client, path: str) -> None:
    get, head = quiet_client.get(path), quiet_client.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers


def test_head_answers_for_a_stored_crop(client: Client) -> None:
    path = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("30M2943"))).json()["image_path"]
    head = client.request("HEAD", "/" + path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 100
    assert client.request("HEAD", "/greeting").status_code == 405


@pytest.mark.parametrize("path", ["/v1/events:export", "/v1/gallery/export"])
def test_an_export_is_not_made_for_its_head(quiet_client: Client, path: str) -> None:
    head = quiet_client.request("HEAD", path)
    assert (head.status_code, head.headers["allow"]) == (405, "GET")
    assert quiet_client.get(path).status_code == 200


def test_a_message_names_the_path_that_was_asked(quiet_client: Client) -> None:
    answer = quiet_client.request("POST", "http://gatehouse//greeting")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "POST //greeting: Not Found"


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
    newer = {path for path in document["paths"] if path.startswith("/v1/")}
    common = {"/healthz", "/readyz", "/info", "/metrics", "/static/images/{path}"}
    assert legacy | newer | common == set(document["paths"])
    for path in legacy:
        operation = document["paths"][path]["post"]
        assert operation["requestBody"]["content"], path
        for status in ("400", "413", "500", "503"):
            documented = operation["responses"][status]["content"]["application/json"]
            assert documented["examples"], (path, status)
    assert "503" in document["paths"]["/static/images/{path}"]["get"]["responses"]
    assert "503" in document["paths"]["/readyz"]["get"]["responses"]
    schemas = document["components"]["schemas"]
    distance = schemas["RecognizedDriver"]["properties"]["recognition_distance"]
    assert "COSINE SIMILARITY" in distance["description"]


def test_the_documentation_page_answers(client: Client) -> None:
    assert client.get("/docs").status_code == 200
