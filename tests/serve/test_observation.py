"""What a running service says of itself: metrics, what runs, logs and traces."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.contract.application import face_jpeg, plate_jpeg
from tests.serve.service import Service
from tests.serve.test_routes import TRUTH, astronaut, sample
from tests.unit.deployments import promql

DEPLOYMENTS = {"Ingress", "PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex"}
FAKES = {name: {"engine": "fake"} for name in ("plate_detector", "plate_reader", "face_encoder")}

HANDLED = "replica_handle_request"
INGRESS_SPAN = f"{HANDLED} Ingress __call__"
FIRST_TRACE, PLATE_TRACE, FACE_TRACE = "c" * 32, "a" * 32, "b" * 32

pytestmark = pytest.mark.serve


def eventually(look: Callable[[], Any]) -> Any:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.1)
    return found


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that may be in the middle of the next one."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    """A client of a service that has read plates, refused a picture and recognised a driver."""
    with service.client() as client:
        assert client.post("/readPlateNumber", content=sample("10022")).status_code == 200
        assert client.post("/readPlateNumber", content=b"no picture").status_code == 400
        files = [("images", (f"{n}.jpg", astronaut(n))) for n in range(3)]
        enrolled = client.post("/api/face/register", files=files).json()["user_id"]
        client.post("/v1/faces:identify", files={"image": astronaut(3)})
        yield client
        # Others enrol the same person, who would then be two drivers.
        assert client.delete(f"/v1/drivers/{enrolled}").status_code == 204


def test_every_query_of_dashboard_and_alerts_finds_its_metrics(http: httpx.Client) -> None:
    page = http.get("/metrics").text
    live: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample_of in family.samples:
            live.setdefault(sample_of.name, set()).update(sample_of.labels)
    queries = [*promql.dashboard_queries(), *promql.alerts().values()]
    for one in (one for query in queries for one in promql.asked(query)):
        if one.name not in promql.PROMETHEUS_OWN | promql.CAMERAS:  # there is no camera
            assert one.labels <= live[one.name] | {"job", "instance"}, one


def test_every_replica_is_on_the_page_and_every_model_in_the_information(
    http: httpx.Client,
) -> None:
    families = {
        one.name: one.samples for one in text_string_to_metric_families(http.get("/metrics").text)
    }
    assert all(name.startswith("gatehouse_") for name in families)  # and the guide has each
    answering = {one.labels["deployment"]: one.value for one in families["gatehouse_replicas"]}
    assert set(answering) == DEPLOYMENTS
    assert min(answering.values()) >= 1
    assert {
        one.labels["deployment"] for one in families["gatehouse_process_resident_memory_bytes"]
    } == DEPLOYMENTS
    information = http.get("/info").json()
    assert {one["id"] for one in information["models"]} >= {"plate_detector", "plate_reader"}
    assert all(one["licence"] and one["sha256"] for one in information["models"])
    for index in information["indexes"]:
        assert index["drivers"] >= 1
        assert index["sequence"] >= 1


def test_every_line_of_a_request_carries_its_id_in_all_replicas(
    service: Service, http: httpx.Client
) -> None:
    name = "gate-7-logged"
    http.post("/readPlateNumber", content=sample("10022"), headers={"x-request-id": name})

    def lines() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for path in service.logs.glob("replica_*.log"):
            deployment = path.name.split("_")[2]
            for line in whole_lines(path):
                assert TRUTH["10022"] not in line
                found.setdefault(deployment, []).append(json.loads(line))
        return found

    def of_request() -> dict[str, list[str]] | None:
        mine = {
            deployment: [one["message"] for one in many if one.get("request_id") == name]
            for deployment, many in lines().items()
        }
        mine = {deployment: messages for deployment, messages in mine.items() if messages}
        return mine if {"Ingress", "PlateDetector", "PlateReader"} <= set(mine) else None

    messages = eventually(of_request)
    assert max(len(one) for many in messages.values() for one in many) < 200
    assert messages["Ingress"][0].startswith("POST /readPlateNumber 200")
    assert messages["PlateDetector"][0].startswith("CALL detect OK")
    assert messages["PlateReader"][0].startswith("CALL read OK")


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    """A service with fake engines that writes a trace of every request into a folder."""
    folder = tmp_path / "traces"
    running = Service(
        tmp_path,
        args=FAKES,
        env_vars={"GATEHOUSE_TRACES": str(folder)},
        sections={
            "tracing_config": {
                "enabled": True,
                "exporter_import_path": "deployments.tracing:exporters",
                "sampling_ratio": 1.0,
            }
        },
    )
    running.start()
    try:
        # The first requests after a start come by a proxy that knows of no trace.
        eventually(partial(_traces, running, folder))
        yield running, folder
    finally:
        running.kill()


def _traces(running: Service, folder: Path) -> bool:
    """Whether a trace that a caller began goes on in the ingress."""
    with running.client() as http:
        http.get("/healthz", headers={"traceparent": f"00-{FIRST_TRACE}-{'1' * 16}-01"})
    return bool(_spans(folder, FIRST_TRACE))


def _spans(folder: Path, trace: str) -> list[dict[str, Any]]:
    lines = [line for path in folder.iterdir() for line in whole_lines(path)]
    every = [json.loads(line) for line in lines]
    return [one for one in every if one["context"]["trace_id"] == f"0x{trace}"]


def test_a_trace_leads_from_the_ingress_through_every_stage(
    traced: tuple[Service, Path],
) -> None:
    running, folder = traced
    with running.client() as http:
        headers = {"x-request-id": "gate-1", "traceparent": f"00-{PLATE_TRACE}-{'1' * 16}-01"}
        read = http.post("/readPlateNumber", content=plate_jpeg("30M2943"), headers=headers)
        assert read.json() == {"plate_number": "30M2943"}
        headers = {"x-request-id": "gate-2", "traceparent": f"00-{FACE_TRACE}-{'1' * 16}-01"}
        found = http.post("/v1/faces:identify", files={"image": face_jpeg(3)}, headers=headers)
        assert found.json()["faces"][0]["decision"] == "unknown"

    def is_complete(trace: str, calls: list[str]) -> bool:
        names = [one["name"] for one in _spans(folder, trace)]
        handled = {INGRESS_SPAN, *(f"{HANDLED} {call}" for call in calls)}
        return handled <= set(names) and names.count("batch") == 2

    for trace, request_id, calls in (
        (PLATE_TRACE, "gate-1", ["PlateDetector detect", "PlateReader read"]),
        (FACE_TRACE, "gate-2", ["FaceEncoder encode", "DriverIndex search"]),
    ):
        eventually(partial(is_complete, trace, calls))
        of_trace = {one["context"]["span_id"]: one for one in _spans(folder, trace)}
        handled = [one for one in of_trace.values() if one["name"].startswith(HANDLED)]
        assert {one["attributes"]["request_id"] for one in handled} == {request_id}
        for call in calls:
            [span] = [one for one in handled if one["name"] == f"{HANDLED} {call}"]
            assert _ancestors(span, of_trace) == [f"route_to_replica {call}", INGRESS_SPAN]


def _ancestors(span: dict[str, Any], of_trace: dict[str, dict[str, Any]]) -> list[str]:
    """The names of the spans above one, nearest first."""
    names = []
    while (parent := of_trace.get(span["parent_id"])) is not None:
        names.append(parent["name"])
        span = parent
    return names
