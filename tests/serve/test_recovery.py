"""Killed replicas."""

import time

import pytest

from tests.serve.service import SAMPLE, Service

pytestmark = pytest.mark.serve

MODELS = ["PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex"]


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
