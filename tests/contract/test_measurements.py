"""/metrics and /info, and what requests leave there."""

import platform
from collections.abc import Callable
from importlib.metadata import version

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deployments.metrics import INGRESS
from tests.contract.application import (
    RECOGNIZE,
    RECOGNIZE_PLATE,
    Client,
    face_jpeg,
    image,
    jpeg,
    plate_jpeg,
    street,
)
from tests.unit.deployments.counting import Growth

IDENTIFY = "/v1/faces:identify"


@pytest.fixture
def grown(client: Client) -> Growth:
    assert client.get("/healthz").status_code == 200  # the application is there
    return Growth()


def test_the_page_is_what_prometheus_reads(client: Client) -> None:
    client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    assert all(name.startswith("gatehouse_") for name in families)
    assert families["gatehouse_requests"].type == "counter"
    assert families["gatehouse_request_seconds"].type == "histogram"
    [build] = families["gatehouse_build_info"].samples
    assert build.labels["python"] == platform.python_version()
    assert {one.labels["deployment"] for one in families["gatehouse_requests"].samples} == {
        "Ingress"
    }


def test_the_page_is_made_once_for_everybody_who_asks(client: Client) -> None:
    first = client.get("/metrics").text
    client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert client.get("/metrics").text == first


def test_what_has_not_happened_yet_is_there_as_nought() -> None:
    for name, labels in {
        "gatehouse_plate_pictures_total": {"outcome": "unreadable"},
        "gatehouse_faces_total": {"outcome": "mismatch"},
        "gatehouse_errors_total": {"code": "gallery_unavailable"},
    }.items():
        assert INGRESS.get_sample_value(name, labels) is not None, name


def test_requests_count_by_the_pattern_of_their_route(client: Client, grown: Growth) -> None:
    client.post("/readPlateNumber/", content=plate_jpeg("30M2943"))
    client.get("/v1/drivers/77")
    client.get("/v1/drivers/78")
    client.request("HEAD", "/healthz")
    client.get("/nowhere/17")
    client.request("BREW", "/healthz")
    requests = {
        ("/readPlateNumber", "POST", "200"): 1,
        ("/v1/drivers/{driver_id}", "GET", "404"): 2,
        ("/healthz", "GET", "200"): 1,
        ("other", "GET", "404"): 1,
        ("/healthz", "other", "405"): 1,
    }
    for (route, method, status), count in requests.items():
        labels = {"route": route, "method": method, "status": status}
        assert grown.of("gatehouse_requests_total", **labels) == count, labels
    assert grown.of("gatehouse_request_seconds_count", route="/v1/drivers/{driver_id}") == 2


def test_a_refused_request_counts_under_its_route_and_its_reason(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(limits={"max_body_bytes": 1024})
    grown = Growth()
    answer = client.post("/readPlateNumber", content=b"\xff\xd8\xff" + bytes(2000))
    assert answer.status_code == 413
    assert grown.of("gatehouse_errors_total", code="too_large") == 1
    labels = {"route": "/readPlateNumber", "method": "POST", "status": "413"}
    assert grown.of("gatehouse_requests_total", **labels) == 1


def test_an_unforeseen_failure_counts_as_an_internal_error(client: Client, grown: Growth) -> None:
    client.faults.detect = RuntimeError("broken")
    assert client.post("/readPlateNumber", content=plate_jpeg("30M2943")).status_code == 500
    assert grown.of("gatehouse_errors_total", code="internal_error") == 1


def test_plates_count_by_what_became_of_them(client: Client, grown: Growth) -> None:
    client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    client.post("/idToNumBatch", json={"pict_ids": ["10022"]})
    unreadable = street()
    unreadable[60:120, 60:300] = (0, 255, 255)
    client.post(RECOGNIZE_PLATE, files=image(jpeg(unreadable)))
    client.post("/readPlateNumber", content=jpeg(street()))
    client.post("/readPlateNumber", content=b"no picture")
    for outcome, pictures in {"read": 2, "unreadable": 1, "no_plate": 1}.items():
        assert grown.of("gatehouse_plate_pictures_total", outcome=outcome) == pictures, outcome
    assert grown.of("gatehouse_plates_total", outcome="read") == 2
    assert grown.of("gatehouse_plates_total", outcome="unreadable") == 1
    assert grown.of("gatehouse_plate_score_count") == 3
    assert grown.of("gatehouse_plate_confidence_count") == 3
    assert grown.of("gatehouse_errors_total", code="plate_unreadable") == 1
    assert grown.of("gatehouse_errors_total", code="no_plate_found") == 1
    assert grown.of("gatehouse_errors_total", code="unsupported_picture") == 1


def test_faces_count_as_known_and_unknown(client: Client, grown: Growth) -> None:
    driver_id = client.enrol(7)
    client.post(RECOGNIZE, files=image(face_jpeg(7)))
    client.post(RECOGNIZE, files=image(face_jpeg(8)))
    client.post(RECOGNIZE, files=image(jpeg(street())))
    client.post(IDENTIFY, files=image(face_jpeg(7)))
    client.post(IDENTIFY, files=image(jpeg(street())))
    client.post(f"/v1/drivers/{driver_id}/verify", files=image(face_jpeg(7)))
    client.post(f"/v1/drivers/{driver_id}/verify", files=image(face_jpeg(8)))
    client.post(f"/v1/drivers/{driver_id}/verify", files=image(jpeg(street())))
    for outcome, faces in {"known": 2, "unknown": 1, "match": 1, "mismatch": 1}.items():
        assert grown.of("gatehouse_faces_total", outcome=outcome) == faces, outcome
    assert grown.of("gatehouse_face_pictures_total", outcome="face") == 5
    assert grown.of("gatehouse_face_pictures_total", outcome="no_face") == 3
    assert grown.of("gatehouse_face_score_count") == 5
    assert grown.of("gatehouse_face_similarity_count") == 5


def test_information_says_what_runs_and_keeps_secrets(make_client: Callable[..., Client]) -> None:
    client = make_client(pictures={"base_url": "https://user:hunter2@pictures.example"})
    answer = client.get("/info")
    assert answer.status_code == 200
    body = answer.json()
    assert body["version"] == client.app.version
    assert body["python"] == platform.python_version()
    assert body["ray"] == version("ray")
    assert body["libraries"]["onnxruntime"] == version("onnxruntime")
    assert body["database"] == "sqlite"
    assert body["settings"]["limits"]["max_body_bytes"] == 16 * 1024 * 1024
    assert body["settings"]["face_encoder"]["model"] == "sface"
    assert "hunter2" not in answer.text
    assert "gatehouse.db" not in answer.text
    assert set(body["settings"]["gallery"]) & {"database_url", "snapshots"} == set()
