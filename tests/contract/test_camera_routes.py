"""/v1/cameras: the cameras of the settings, and what they say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx

from configs.settings import Settings
from deployments.ingress.app import create_app
from deployments.ingress.replicas import ThisProcess
from pipelines.cameras.frames import CameraState, CameraStatus, SourceStatus, Tally
from tests.contract.application import Client

CAMERAS = "/v1/cameras"
SET = Settings.model_validate(
    {
        "cameras": [
            {
                "id": "gate-1",
                "url": "rtsp://10.0.0.7/1?token=hush",
                "look_for": ["plates", "faces"],
            },
            {"id": "yard", "url": "var/clip.mp4"},
        ]
    }
).cameras
WATCHING = SourceStatus(
    CameraState.WATCHING, None, 900, 120, 3, datetime(2026, 5, 1, 8, tzinfo=UTC), 1
)


class Watching(ThisProcess):
    """Cameras that say this of themselves."""

    def __init__(self, *statuses: CameraStatus) -> None:
        self._statuses = statuses

    async def cameras(self) -> Sequence[CameraStatus]:
        return self._statuses


def listed(client: Client, *statuses: CameraStatus) -> list[Mapping[str, Any]]:
    """What an application answers whose cameras say this of themselves."""
    services = replace(client.services, replicas=Watching(*statuses))
    settings = client.settings.model_copy(update={"cameras": SET})
    transport = httpx.ASGITransport(create_app(services, settings))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://gatehouse") as http:
            return await http.get(CAMERAS)

    answer = client.run(ask())
    assert answer.status_code == 200, answer.text
    assert "hush" not in answer.text
    cameras: list[Mapping[str, Any]] = answer.json()["cameras"]
    return cameras


def test_without_cameras_the_list_is_empty(client: Client) -> None:
    assert client.get(CAMERAS).json() == {"cameras": []}


def test_says_how_each_camera_is_getting_on(client: Client) -> None:
    status = CameraStatus("gate-1", WATCHING, Tally(2, 37, 12, 4, 5, 1))
    first, second = listed(client, status)
    assert first == {
        "id": "gate-1",
        "look_for": ["plates", "faces"],
        "state": "watching",
        "reason": None,
        "frames_seen": 900,
        "frames_sampled": 120,
        "frames_dropped": 3,
        "frames_failed": 2,
        "last_frame_at": "2026-05-01T08:00:00Z",
        "reconnects": 1,
        "plate_events": 37,
        "face_events": 12,
        "repeated": 4,
        "unclear": 5,
        "lost": 1,
    }
    assert (second["id"], second["state"]) == ("yard", "failed")
    assert second["reason"] == "its replica does not answer; it is started again by itself"


def test_a_camera_that_has_failed_says_why(client: Client) -> None:
    failed = SourceStatus(CameraState.FAILED, "the stream cannot be opened", reconnects=9)
    camera, _ = listed(client, CameraStatus("gate-1", failed))
    assert (camera["state"], camera["reason"]) == ("failed", "the stream cannot be opened")
    assert camera["last_frame_at"] is None
