"""A gallery divided over two index deployments by one setting, and a camera that asks it."""

import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.imaging import decode
from tests.serve.registrations import recognized_as
from tests.serve.service import Service
from tests.unit.cameras.clips import street, write_clip
from tests.unit.deployments import promql

pytestmark = pytest.mark.serve

PEOPLE = range(5)
STRANGER = 77


def photo(identity: int, shade: int) -> bytes:
    picture, _ = draw_fake_face(np.full((160, 200, 3), shade, np.uint8), 50, 40, identity)
    done, encoded = cv2.imencode(".jpg", picture)
    assert done
    return bytes(encoded)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("sharded")
    gallery = {"shards": 2, "snapshots": str(folder / "snapshots")}
    passing = [street(None, x, face=STRANGER) for x in range(20, 420, 20)]
    clip = write_clip(folder / "clip.avi", [*passing, *[street()] * 50])
    camera = {"id": "gate-1", "url": str(clip), "look_for": ["faces"], "repeat": True}
    args = {"face_encoder": {"engine": "fake"}, "gallery": gallery, "cameras": [camera]}
    running = Service(folder, args=args)
    running.start()
    yield running
    running.kill()


def registered(service: Service, person: int) -> int:
    """Enrols a person as a client does: again under the same key where the service is busy."""
    files = [("images", (f"{n}.jpg", photo(person, 60 + 50 * n))) for n in range(3)]
    deadline = time.monotonic() + 90
    while True:
        with service.client() as http:
            key = {"Idempotency-Key": f"person-{person}"}
            answer = http.post("/v1/drivers", files=files, headers=key)
        if answer.status_code in (200, 201):
            return int(answer.json()["driver"]["id"])
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)


@pytest.fixture(scope="module")
def drivers(service: Service) -> dict[int, int]:
    """Person -> driver, of both shards."""
    ids = {person: registered(service, person) for person in PEOPLE}
    assert {driver_id % 2 for driver_id in ids.values()} == {0, 1}
    return ids


@pytest.mark.timeout(400)
def test_every_driver_is_recognised_whatever_shard_holds_it(
    service: Service, drivers: dict[int, int]
) -> None:
    assert service.replicas("DriverIndex-1")
    assert {person: recognized_as(service, photo(person, 200)) for person in PEOPLE} == drivers
    assert recognized_as(service, photo(99, 200)) is None


@pytest.mark.timeout(400)
def test_a_shard_that_is_away_is_said_and_never_taken_for_an_unknown_driver(
    service: Service, drivers: dict[int, int]
) -> None:
    answers = []
    killed = service.replicas("DriverIndex-1")
    for replica in killed:
        replica.kill()
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for person, driver_id in drivers.items():
            with service.client() as http:
                answer = http.post("/api/face/recognize", files={"image": photo(person, 200)})
            answers.append(answer.status_code)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                assert int(answer.json()["user_id"]) == driver_id
        alive = {replica.pid for replica in service.replicas("DriverIndex-1")}
        if answers[-len(drivers) :] == [200] * len(drivers) and alive:
            break
    assert answers[-len(drivers) :] == [200] * len(drivers)
    assert not alive & {replica.pid for replica in killed}


@pytest.mark.timeout(400)
def test_a_camera_records_once_who_passes_it_again_and_again(service: Service) -> None:
    deadline = time.monotonic() + 90
    with service.client() as http:
        while True:
            [camera] = http.get("/v1/cameras").json()["cameras"]
            if camera["face_events"] and camera["repeated"]:
                break
            assert time.monotonic() < deadline, camera
            time.sleep(0.5)
        assert (camera["id"], camera["state"], camera["reason"]) == ("gate-1", "watching", None)
        [event] = http.get("/v1/events", params={"camera_id": "gate-1"}).json()["events"]
        assert (event["kind"], event["decision"]) == ("face_identified", "unknown")
        page = http.get("/metrics").text
        seen = http.get("/v1/cameras/gate-1/picture")
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
        assert decode(seen.content, max_pixels=640 * 480).shape == (480, 640, 3)
    live = {sample.name for one in text_string_to_metric_families(page) for sample in one.samples}
    assert promql.CAMERAS.keys() <= live
    assert 'gatehouse_camera_passages_total{camera="gate-1",deployment="Camera-gate-1"' in page
    assert service.replicas("Camera-gate-1")
