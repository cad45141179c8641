"""What is written down of who did what."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ConfigurationError, GalleryUnavailable
from tests.contract.application import RECOGNIZE, REGISTER, Client, image, images, photos_of
from tests.contract.application import plate_jpeg as plate
from tests.contract.guarded import Guarded, guard


@pytest.fixture
def make_guarded(make_client: Callable[..., Client], tmp_path: Path) -> Callable[..., Guarded]:
    """Makes an application with keys."""
    return functools.partial(guard, make_client, tmp_path)


@pytest.fixture
def guarded(make_guarded: Callable[..., Guarded]) -> Guarded:
    return make_guarded()


def test_the_audit_log_says_who_did_what_to_whom(guarded: Guarded) -> None:
    client, photos = guarded.client, photos_of(7, 3)
    assert client.post(REGISTER, files=images(*photos), headers=guarded.enrol).status_code == 200
    client.post(RECOGNIZE, files=image(photos[0]), headers=guarded.recognise)
    client.post("/v1/faces:identify", content=photos[1], headers=guarded.recognise)
    client.post("/v1/drivers/1/verify", content=photos[1], headers=guarded.recognise)
    client.request("PATCH", "/v1/drivers/1", json={"name": "Ann"}, headers=guarded.enrol)
    client.get("/v1/drivers?query=Ann", headers=guarded.enrol)
    client.request("DELETE", "/v1/drivers/1", headers=guarded.enrol)
    file = client.get("/v1/gallery/export", headers=guarded.admin)
    client.request(
        "DELETE", "/v1/drivers/1", headers={**guarded.admin, "x-request-id": "erasure-17"}
    )
    client.post("/v1/gallery/import", content=file.content, headers=guarded.admin)
    client.post("/v1/drivers/2/merge", json={"driver_id": 5}, headers=guarded.admin)
    lines = guarded.audit()
    assert [
        (line["key"], line["action"], line["route"], line["status"], line["driver_ids"])
        for line in lines
    ] == [
        ("enrol-1", "enrol", "POST /api/face/register", 200, [1]),
        ("recognise-1", "recognise_driver", "POST /api/face/recognize", 200, [1]),
        ("recognise-1", "recognise_driver", "POST /v1/faces:identify", 200, [1]),
        ("recognise-1", "recognise_driver", "POST /v1/drivers/1/verify", 200, [1]),
        ("enrol-1", "change", "PATCH /v1/drivers/1", 200, [1]),
        ("enrol-1", "read", "GET /v1/drivers", 200, [1]),
        ("enrol-1", "erase", "DELETE /v1/drivers/1", 403, [1]),
        ("admin-1", "export", "GET /v1/gallery/export", 200, []),
        ("admin-1", "erase", "DELETE /v1/drivers/1", 204, [1]),
        ("admin-1", "import", "POST /v1/gallery/import", 200, [2]),
        ("admin-1", "merge", "POST /v1/drivers/2/merge", 404, [2, 5]),
    ]
    assert lines[8]["request_id"] == "erasure-17"
    assert {len(line["key_id"]) for line in lines} == {8}
    assert "Ann" not in guarded.audit_file.read_text()
    assert guarded.audit_file.stat().st_mode & 0o777 == 0o600


def test_the_audit_log_has_no_plate_text_and_no_refusal_that_could_flood_it(
    make_guarded: Callable[..., Guarded],
) -> None:
    guarded = make_guarded(requests_per_minute=2)
    sent: dict[str, Any] = {"content": plate("30M2943"), "headers": guarded.recognise}
    assert guarded.client.post("/readPlateNumber", **sent).json() == {"plate_number": "30M2943"}
    for _ in range(5):
        guarded.client.post("/readPlateNumber", **sent)
        guarded.client.post("/readPlateNumber", content=b"x")
    assert {line["status"] for line in guarded.audit()} == {200}
    assert "30M" not in guarded.audit_file.read_text()


def test_who_looks_at_a_camera_is_in_the_audit_log_once_in_ten_minutes(guarded: Guarded) -> None:
    paths = [f"/v1/cameras/{camera_id}/picture" for camera_id in ("gate-1", "yard")]
    for _ in range(3):
        for path in paths:
            for headers in (guarded.enrol, guarded.admin, guarded.recognise):
                guarded.client.get(path, headers=headers)
        guarded.client.get("/v1/drivers/7", headers=guarded.enrol)
    lines = [(line["key"], line["route"], line["status"]) for line in guarded.audit()]
    looks = [line for line in lines if "cameras" in line[1]]
    assert looks == [
        (key, f"GET {path}", status)
        for path in paths
        for key, status in (("enrol-1", 404), ("admin-1", 404), ("recognise-1", 403))
    ]
    assert len(lines) - len(looks) == 3  # everything else is there each time


def test_a_failure_is_in_the_audit_log_too(guarded: Guarded) -> None:
    guarded.client.faults.erase = GalleryUnavailable("the gallery's store cannot be written")
    guarded.client.request("DELETE", "/v1/drivers/1", headers=guarded.admin)
    guarded.client.faults.erase = RuntimeError("unforeseen")
    guarded.client.request("DELETE", "/v1/drivers/1", headers=guarded.admin)
    assert [line["status"] for line in guarded.audit()] == [503, 500]


def test_an_audit_log_is_kept_with_keys_off_where_it_is_asked_for(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client(access={"audit_file": str(tmp_path / "audit.jsonl")})
    client.request("DELETE", "/v1/drivers/%209")
    (line,) = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    assert (line["key"], line["action"], line["driver_ids"]) == (None, "erase", [9])
    assert line["status"] == 404


def test_does_not_start_where_the_audit_log_cannot_be_written(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"audit\.jsonl cannot be written"):
        make_client(access={"audit_file": str(tmp_path / "file" / "audit.jsonl")})


def test_a_line_end_is_no_way_around(guarded: Guarded) -> None:
    """The router by itself takes it for the route without."""
    path = "/v1/gallery/export%0A"
    assert guarded.client.get(path, headers=guarded.enrol).status_code == 403
    assert guarded.client.get(path, headers=guarded.admin).status_code == 404
    assert [(line["route"], line["status"]) for line in guarded.audit()] == [
        (f"GET {path}", 403),
        (f"GET {path}", 404),
    ]
