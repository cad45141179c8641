"""Killed replicas and killed services."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.engines.fake_face_encoder import draw_fake_face
from tests.serve.registrations import faces_per_driver, recognized_as, register_and_kill
from tests.serve.service import SAMPLE, Service

pytestmark = pytest.mark.serve

FAKE_FACES = {"face_encoder": {"engine": "fake"}}
MODELS = ["PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex"]


def photo(identity: int, shade: int) -> bytes:
    picture, _ = draw_fake_face(np.full((160, 200, 3), shade, np.uint8), 50, 40, identity)
    done, encoded = cv2.imencode(".jpg", picture)
    assert done
    return bytes(encoded)


@pytest.mark.timeout(1200)
def test_killed_everything_loses_no_acknowledged_registration(tmp_path: Path) -> None:
    photos = {str(n): [photo(n, shade) for shade in (60, 110, 160)] for n in range(200)}
    service = Service(tmp_path, args=FAKE_FACES)
    try:
        service.start()
        tally = register_and_kill(service, photos, kill_after=100)
        assert len(tally.acknowledged) >= 100
        assert tally.unanswered, "the kill came too late to be in the middle"
        assert set(faces_per_driver(tmp_path / "gatehouse.db").values()) == {3}

        service.start()
        for driver, user_id in tally.acknowledged.items():
            assert recognized_as(service, photo(int(driver), 200)) == user_id
        stored = faces_per_driver(tmp_path / "gatehouse.db")
        # Not acknowledged: there whole, or not at all; at most one a client was under way.
        assert len(tally.acknowledged) <= len(stored) <= len(tally.acknowledged) + 4
        assert set(stored.values()) == {3}

        late = [photo(999, shade) for shade in (60, 110, 160)]
        with service.client() as http:
            files = [("images", (f"{n}.jpg", one)) for n, one in enumerate(late)]
            answer = http.post("/api/face/register", files=files)
        assert int(answer.json()["user_id"]) > max(stored)
    finally:
        service.stop()


@pytest.mark.parametrize("deployment", MODELS)
def test_a_killed_replica_is_replaced_and_the_service_answers_again(
    service: Service, deployment: str
) -> None:
    killed = service.replicas(deployment)
    assert killed
    for replica in killed:
        replica.kill()
    deadline = time.monotonic() + 60
    statuses = []
    while time.monotonic() < deadline:
        with service.client() as http:
            plate = http.post("/idToNum", json={"pict_id": "10022"})
            face = http.post("/api/face/recognize", files={"image": SAMPLE.read_bytes()})
        statuses.append((plate.status_code, face.status_code))
        # Callers wait for the new replica or are told 503, and are never lied to.
        assert plate.status_code in (200, 503)
        assert face.status_code in (400, 503)
        if statuses[-1] == (200, 400) and service.replicas(deployment):
            break
        time.sleep(0.2)
    assert statuses[-1] == (200, 400), statuses
    alive = {replica.pid for replica in service.replicas(deployment)}
    assert alive
    assert not alive & {replica.pid for replica in killed}
