"""The API document of the /v1 routes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.application import Client

ROUTES = {
    "/v1/drivers": {"get", "post"},
    "/v1/drivers/{driver_id}": {"get", "patch", "delete"},
    "/v1/drivers/{driver_id}/merge": {"post"},
    "/v1/drivers/{driver_id}/faces": {"get", "post"},
    "/v1/drivers/{driver_id}/faces/{face_id}": {"delete"},
    "/v1/drivers/{driver_id}/photo": {"get"},
    "/v1/drivers/{driver_id}/verify": {"post"},
    "/v1/plates:read": {"post"},
    "/v1/plates:readBatch": {"post"},
    "/v1/faces:identify": {"post"},
    "/v1/events": {"get"},
    "/v1/events:hourly": {"get"},
    "/v1/events:export": {"get"},
    "/v1/events:report": {"get"},
    "/v1/events:stream": {"get"},
    "/v1/events/{event_id}": {"get"},
    "/v1/events/{event_id}/crop": {"get"},
    "/v1/gate:check": {"post"},
    "/v1/vehicles": {"get", "post"},
    "/v1/vehicles/{vehicle_id}": {"get", "patch", "delete"},
    "/v1/webhooks": {"get", "post"},
    "/v1/webhooks/{webhook_id}": {"delete"},
    "/v1/webhooks/{webhook_id}/dead-letters": {"get"},
    "/v1/webhooks/{webhook_id}/dead-letters/{letter_id}/redeliver": {"post"},
    "/v1/cameras": {"get"},
    "/v1/cameras/{camera_id}/picture": {"get"},
    "/v1/gallery": {"get"},
    "/v1/gallery/export": {"get"},
    "/v1/gallery/import": {"post"},
}
WITH_NOT_FOUND = {
    ("/v1/drivers", "post"),  # a driver of the same request, erased meanwhile
    ("/v1/vehicles", "post"),  # a driver that it names
    ("/v1/plates:read", "post"),  # a picture by URL
    ("/v1/faces:identify", "post"),
    ("/v1/gate:check", "post"),
}


@pytest.fixture(scope="module")
def document(quiet_client: Client) -> dict[str, Any]:
    read: dict[str, Any] = quiet_client.get("/openapi.json").json()
    return read


def test_every_route_is_described(document: dict[str, Any]) -> None:
    found = {path: set(of) for path, of in document["paths"].items() if path.startswith("/v1/")}
    assert found == ROUTES


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path in ROUTES for method in sorted(ROUTES[path])]
)
def test_a_route_documents_its_errors_by_example_and_its_body(
    document: dict[str, Any], path: str, method: str
) -> None:
    operation = document["paths"][path][method]
    assert operation["description"]
    errors = {status: of for status, of in operation["responses"].items() if status >= "400"}
    assert {"400", "503"} <= set(errors)
    assert "422" not in errors or "HTTPValidationError" not in str(errors["422"])
    for status, answer in errors.items():
        examples = answer["content"]["application/json"]["examples"]
        for code, example in examples.items():
            assert example["value"]["error"]["code"] == code, (path, status)
            assert example["value"]["error"]["message"]
    assert ("404" in errors) == ("_id}" in path or (path, method) in WITH_NOT_FOUND)
    codes = {
        code
        for answer in errors.values()
        for code in answer["content"]["application/json"]["examples"]
    }
    assert {"invalid_request", "unavailable", "gallery_unavailable", "overloaded"} <= codes
    assert "{driver_id}" not in path or {"driver_not_found", "not_found"} <= codes
    assert "{event_id}" not in path or {"event_not_found", "not_found"} <= codes
    assert "{camera_id}" not in path or {"camera_not_found", "no_camera_picture"} <= codes
    assert "{webhook_id}" not in path or {"webhook_not_found", "not_found"} <= codes
    if method in {"post", "patch"} and not path.endswith("/redeliver"):
        assert operation["requestBody"]["content"]
        assert {"413", "415"} <= set(errors)


def test_every_field_of_an_answer_has_a_description_or_an_example(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    for name in (
        "Driver",
        "PhotoOutcome",
        "DriverFace",
        "Verification",
        "IdentifiedFace",
        "Shard",
        "EventOut",
        "EventPlate",
        "Hour",
        "Report",
        "SpreadOut",
        "StrangersOut",
        "ReadPlate",
        "ReadPlates",
        "Vehicle",
        "GateAnswer",
        "KnownVehicle",
        "Match",
    ):
        for field, said in schemas[name]["properties"].items():
            refers = "$ref" in said or "anyOf" in said or "items" in said
            assert refers or "examples" in said or "description" in said, (name, field)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref":
                    yield value
                yield from references(value)
        elif isinstance(node, list):
            for one in node:
                yield from references(one)

    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        kind, name = reference.removeprefix("#/").rsplit("/", 1)
        assert kind == "components/schemas", reference
        assert name in document["components"]["schemas"], reference
