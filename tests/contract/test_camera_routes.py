"""/v1/cameras: the cameras of the settings, and what they say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from configs.settings import Settings
from deployments.ingress.app import create_app
from deployments.ingress.replicas import ThisProcess
from pipelines.cameras.frames import (
    CameraState,
    CameraStatus,
    CameraView,
    LivePicture,
    SourceStatus,
    Tally,
)
from tests.contract.application import Client
from tests.contract.driver_calls import error_of

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
    """Cameras that say this of themselves, and of which one shows something."""

    def __init__(self, *statuses: CameraStatus, view: CameraView | None = None) -> None:
        self._statuses = statuses
        self._view = view

    async def cameras(self) -> Sequence[CameraStatus]:
        return self._statuses

    async def camera_view(self, camera_id: str, /) -> CameraView | None:
        return self._view if camera_id == "gate-1" else None


def asked(client: Client, path: str, replicas: Watching) -> httpx.Response:
    """What an application with these cameras answers."""
    services = replace(client.services, replicas=replicas)
    settings = client.settings.model_copy(update={"cameras": SET})
    transport = httpx.ASGITransport(create_app(services, settings))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://gatehouse") as http:
            return await http.get(path)

    answer = client.run(ask())
    assert "hush" not in answer.text
    return answer


def listed(client: Client, *statuses: CameraStatus) -> list[Mapping[str, Any]]:
    """What an application answers whose cameras say this of themselves."""
    answer = asked(client, CAMERAS, Watching(*statuses))
    assert answer.status_code == 200, answer.text
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


def picture(client: Client, view: CameraView | None, camera_id: str = "gate-1") -> httpx.Response:
    """What is answered who asks what a camera sees."""
    return asked(client, f"{CAMERAS}/{camera_id}/picture", Watching(view=view))


def test_what_a_camera_sees_is_a_jpeg_that_nobody_keeps(client: Client) -> None:
    seen = LivePicture(b"\xff\xd8\xff a street", datetime(2026, 5, 1, 8, 0, 1, 500_000, UTC))
    answer = picture(client, CameraView(WATCHING, seen))
    assert (answer.status_code, answer.content) == (200, seen.jpeg)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["last-modified"] == "Fri, 01 May 2026 08:00:01 GMT"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (SourceStatus(), "has brought no picture yet, ask again shortly"),
        (
            SourceStatus(CameraState.FAILED, "the stream cannot be opened"),
            "brings no picture: the stream cannot be opened",
        ),
        (SourceStatus(CameraState.ENDED), "brings no picture: its file was played to the end"),
    ],
)
def test_a_camera_that_shows_nothing_says_why(
    client: Client, source: SourceStatus, why: str
) -> None:
    answer = picture(client, CameraView(source, None))
    assert error_of(answer) == (404, "no_camera_picture", f"camera gate-1 {why}")
    assert answer.json()["error"]["details"] == {"state": source.state.value}


def test_a_camera_that_is_not_set_is_not_found(client: Client) -> None:
    message = "there is no such camera, GET /v1/cameras lists those of the settings"
    assert error_of(picture(client, None, "gate-9")) == (404, "camera_not_found", message)


def test_a_camera_whose_replica_is_gone_is_unavailable(client: Client) -> None:
    status, code, message = error_of(picture(client, None, "yard"))
    assert (status, code) == (503, "unavailable")
    assert message.startswith("camera yard brings no picture: its replica does not answer;")
