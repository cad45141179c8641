"""The /v1 routes with the real models, over HTTP, in production mode."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from skimage import data as skimage_data

from pipelines.drivers.gallery_file import VERSION, GalleryFileWriter, Header
from pipelines.gallery.driver_records import DriverDetails, ExportedDriver
from tests.bench.people import people
from tests.serve.service import SAMPLE, Service

pytestmark = pytest.mark.serve

DRIVERS = "/v1/drivers"
IDENTIFY = "/v1/faces:identify"
Upload = tuple[str, tuple[str, bytes]]


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    """A client of the shared service, whose gallery is empty before and after."""
    with service.client() as client:
        erase_all(client)
        yield client
        erase_all(client)


def erase_all(http: httpx.Client) -> None:
    for driver in http.get(DRIVERS, params={"limit": 1000}).json()["drivers"]:
        assert http.delete(f"{DRIVERS}/{driver['id']}").status_code == 204


def astronaut(variant: int) -> bytes:
    """A photo of a face that scikit-image carries (NASA, public domain), a little changed."""
    picture = cv2.cvtColor(skimage_data.astronaut(), cv2.COLOR_RGB2BGR)
    picture = cv2.convertScaleAbs(picture, alpha=1 - 0.06 * variant, beta=4 * variant)
    done, encoded = cv2.imencode(".jpg", picture[:, 3 * variant :])
    assert done
    return bytes(encoded)


def stacked(car: bytes, face: bytes) -> bytes:
    """One picture with the face below the car."""
    above, below = (
        cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for one in (car, face)
    )
    picture = np.zeros((len(above) + len(below), max(above.shape[1], below.shape[1]), 3), np.uint8)
    picture[: len(above), : above.shape[1]] = above
    picture[len(above) :, : below.shape[1]] = below
    done, encoded = cv2.imencode(".jpg", picture)
    assert done
    return bytes(encoded)


def photos(*pictures: bytes) -> list[Upload]:
    return [("images", (f"{place}.jpg", one)) for place, one in enumerate(pictures)]


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_a_driver_from_enrolment_to_erasure(http: httpx.Client) -> None:
    headers = {"idempotency-key": f"life-{datetime.now(UTC).timestamp()}"}
    sent: dict[str, Any] = {
        "files": photos(*map(astronaut, range(3))),
        "data": {"name": "Eileen", "valid_until": "2099-01-01T00:00:00+07:00"},
        "headers": headers,
    }
    first = http.post(DRIVERS, **sent)
    driver = ok(first, 201)["driver"]
    assert [one["outcome"] for one in first.json()["photos"]] == ["taken"] * 3
    assert ok(http.post(DRIVERS, **sent))["driver"] == driver
    path = first.headers["location"]
    assert path == f"{DRIVERS}/{driver['id']}"
    changed = http.patch(path, json={"external_id": "n-1"}, headers={"if-match": '"1"'})
    assert (ok(changed)["external_id"], changed.headers["etag"]) == ("n-1", '"2"')
    stale = http.patch(path, json={"name": "X"}, headers={"if-match": '"1"'})
    assert ok(stale, 412)["error"]["details"] == {"version": 2}
    assert ok(http.get(DRIVERS, params={"query": "eil"}))["drivers"] == [changed.json()]
    added = ok(http.post(f"{path}/faces", files=photos(astronaut(3))), 201)
    assert added["driver"]["face_count"] == 4
    [face] = ok(http.post(IDENTIFY, content=astronaut(4)))["faces"]
    assert (face["decision"], face["driver"]["id"]) == ("driver", driver["id"])
    verified = ok(http.post(f"{path}/verify", content=astronaut(4)))
    assert (verified["match"], verified["valid"]) == (True, True)
    assert verified["similarity"] == pytest.approx(face["similarity"], abs=1e-5)
    photo = http.get(f"{path}/photo")
    assert cv2.imdecode(np.frombuffer(photo.content, np.uint8), cv2.IMREAD_COLOR) is not None
    best = ok(http.get(f"{path}/faces"))["faces"][0]
    fewer = http.delete(f"{path}/faces/{best['id']}")
    assert ok(fewer)["face_count"] == 3
    assert http.delete(path, headers={"if-match": fewer.headers["etag"]}).status_code == 204
    assert ok(http.get(path), 404)["error"]["code"] == "driver_not_found"
    assert http.get("/" + best["image_path"]).status_code == 404
    [face] = ok(http.post(IDENTIFY, content=astronaut(4)))["faces"]
    assert (face["decision"], face["reason"]) == ("unknown", "no_driver_enrolled")


def test_a_gallery_is_exported_emptied_and_brought_back(http: httpx.Client) -> None:
    files = photos(*map(astronaut, range(3)))
    driver = ok(http.post(DRIVERS, files=files, data={"name": "E"}), 201)["driver"]
    sent = {"plate": "B 123", "driver_ids": [driver["id"]]}
    vehicle = ok(http.post("/v1/vehicles", json=sent), 201)
    [before] = ok(http.post(IDENTIFY, content=astronaut(4)))["faces"]
    file = http.get("/v1/gallery/export?pictures=true").content
    assert json.loads(gzip.decompress(file).splitlines()[-1])["end"]["drivers"] == 1
    erase_all(http)
    refused = ok(http.post("/v1/gallery/import", content=file), 409)["error"]
    assert refused["code"] == "plate_taken"
    assert refused["details"]["first"][0]["vehicle_id"] == vehicle["id"]
    ok(http.delete(f"/v1/vehicles/{vehicle['id']}"), 204)
    brought = ok(http.post("/v1/gallery/import", content=file))
    assert (brought["drivers"], brought["faces"]) == (1, 3)
    [moved] = brought["vehicles"]["ids"]
    ids = ok(http.get(f"/v1/vehicles/{moved['id']}"))["driver_ids"]
    assert ids == [brought["ids"][0]["id"]]
    ok(http.delete(f"/v1/vehicles/{moved['id']}"), 204)
    [after] = ok(http.post(IDENTIFY, content=astronaut(4)))["faces"]
    assert after["driver"]["id"] == brought["ids"][0]["id"]
    assert after["similarity"] == pytest.approx(before["similarity"], abs=1e-6)
    state = ok(http.get("/v1/gallery"))
    assert (state["drivers"], state["faces"], len(state["shards"])) == (1, 3, 1)


def test_errors_keep_their_status_and_details_across_handles(http: httpx.Client) -> None:
    files = photos(*map(astronaut, range(3)))
    driver = ok(http.post(DRIVERS, files=files, data={"external_id": "a-1"}), 201)["driver"]
    twin = ok(http.post(DRIVERS, files=files), 409)["error"]
    assert (twin["code"], twin["details"]["driver_id"]) == ("already_enrolled", driver["id"])
    sent = {"images": [base64.b64encode(astronaut(n)).decode() for n in range(3)]}
    second = ok(http.post(f"{DRIVERS}?allow_twin=true", json=sent), 201)["driver"]
    path = f"{DRIVERS}/{second['id']}"
    taken = ok(http.patch(path, json={"external_id": "a-1"}), 409)["error"]
    assert (taken["code"], taken["details"]) == ("external_id_taken", {"external_id": "a-1"})
    assert ok(http.delete(f"{path}/faces/999999"), 404)["error"]["code"] == "face_not_found"
    few = ok(http.post(DRIVERS, files=photos(astronaut(0))), 422)["error"]
    assert (few["code"], few["details"]["usable"]) == ("not_enough_faces", 1)
    merged = ok(http.post(f"{DRIVERS}/{driver['id']}/merge", json={"driver_id": second["id"]}))
    assert merged["face_count"] == 6
    assert ok(http.get(path), 404)["error"]["code"] == "driver_not_found"


def test_an_import_is_streamed_beyond_the_limit_of_other_bodies(http: httpx.Client) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    header = Header(
        version=VERSION, created_at=moment, model_ids=("x",), dimension=8, pictures=True
    )
    writer = GalleryFileWriter()
    noise = np.random.default_rng(7)

    def pieces() -> Iterator[bytes]:
        yield writer.begin(header)
        for driver_id in range(1, 9001):
            notes = base64.b64encode(noise.bytes(2900)).decode()
            yield writer.add(
                ExportedDriver(driver_id, DriverDetails(notes=notes), moment, faces=())
            )

    file = b"".join(pieces())
    assert len(file) > 20 * 1024 * 1024
    refused = ok(http.post("/v1/gallery/import", content=file), 400)["error"]
    assert refused["message"].startswith("the file is damaged or cut off after line ")
    assert ok(http.get("/v1/gallery"))["drivers"] == 0


def test_a_car_and_its_driver_are_let_in_by_one_picture_or_by_two(http: httpx.Client) -> None:
    car, face = SAMPLE.read_bytes(), astronaut(3)
    read = ok(http.post("/v1/plates:read", params={"region": "VN"}, content=car))
    plate = read["plates"][0]["text"]
    assert {"detect", "read", "total"} == set(read["timings_ms"])
    driver = ok(http.post(DRIVERS, files=photos(*map(astronaut, range(3)))), 201)["driver"]
    sent = {"plate": plate, "country": "VN", "driver_ids": [driver["id"]]}
    vehicle = ok(http.post("/v1/vehicles", json=sent), 201)
    try:
        both = stacked(car, face)
        two = [("vehicle", ("car.jpg", car)), ("driver", ("face.jpg", face))]
        for request in ({"content": both}, {"files": two}):
            said = ok(http.post("/v1/gate:check", params={"region": "VN"}, **request))
            assert (said["decision"], said["vehicle"]["id"]) == ("allow", vehicle["id"]), said
            assert said["face"]["driver"]["id"] == driver["id"]
            assert {"detect", "read", "match", "embed", "search"} < set(said["timings_ms"])
        ok(http.patch("/v1/vehicles/" + str(vehicle["id"]), json={"list": "deny"}))
        denied = ok(http.post("/v1/gate:check", files=two))
        assert denied["decision"] == "deny"
        ok(http.delete(f"{DRIVERS}/{driver['id']}"), 204)
        assert ok(http.get(f"/v1/vehicles/{vehicle['id']}"))["driver_ids"] == []
    finally:
        ok(http.delete(f"/v1/vehicles/{vehicle['id']}"), 204)


def test_real_people_are_enrolled_told_apart_and_kept_out(
    http: httpx.Client, gatehouse_data: Path
) -> None:
    known = people(gatehouse_data / "data" / "faces", seed=7)
    rich = {name: files for name, files in known.drivers.items() if len(files) >= 4}
    enrolled: dict[str, int] = {}
    for name, files in list(rich.items())[:6]:
        sent = photos(*(one.read_bytes() for one in files[:-1]))
        answer = http.post(DRIVERS, files=sent, data={"name": name})
        if answer.status_code == 201:
            enrolled[name] = answer.json()["driver"]["id"]
        else:
            assert ok(answer, 422)["error"]["code"] == "not_enough_faces"
    assert len(enrolled) >= 4
    for name, driver_id in enrolled.items():
        probe = rich[name][-1].read_bytes()
        face = ok(http.post(f"{IDENTIFY}?largest=true", content=probe))["faces"][0]
        assert (face["driver"] or {}).get("id") == driver_id, (name, face)
    strangers = known.strangers[:20]
    found = [
        ok(http.post(f"{IDENTIFY}?largest=true", content=one.read_bytes()))["faces"]
        for one in strangers
    ]
    assert all(face["decision"] == "unknown" for faces in found for face in faces)
    one, other = list(rich.values())[:2]
    mixed = photos(*(file.read_bytes() for file in (*one[:2], *other[:2])))
    refused = ok(http.post(f"{DRIVERS}?allow_twin=true", files=mixed), 422)["error"]
    assert {photo["reason"] for photo in refused["details"]["photos"] if "reason" in photo} == {
        "not_same_person"
    }
