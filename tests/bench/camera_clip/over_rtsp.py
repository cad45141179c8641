"""The clip by RTSP, watched by a whole service: as it comes, broken off in the middle, by UDP."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import httpx

from tests.bench.camera_clip.rtsp import RtspCamera, switched_on
from tests.bench.camera_clip.scoring import score, told
from tests.bench.camera_clip.sprites import Person
from tests.serve.service import Service

_PASSWORD: Final = "hush7-9hush"
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 2.0
_SETTLED_AFTER_S: Final = 5.0
"""For deciding about what was in sight last, and recording it."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One way to show the clip; each has a camera of its own.

    Attributes:
        breaks: Whether the camera is switched off after a third of the clip, and on again.
    """

    camera_id: str
    said: str
    transport: Literal["tcp", "udp"] = "tcp"
    breaks: bool = False


SHOWINGS: Final = (
    Showing("tcp", "RTSP over TCP"),
    Showing("broken", "RTSP over TCP, broken off after a third and begun again", breaks=True),
    Showing("udp", "RTSP over UDP", "udp"),
)


def shown(
    clip: Path, clip_s: float, vehicles: Sequence[str], people: Sequence[Person], folder: Path
) -> Iterator[str]:
    """Shows the clip in every way, and says what came of it.

    Args:
        clip: Motion JPEG in AVI.
        clip_s: Its length.
        vehicles: Their plates.
        people: Who walks by; they are enrolled.
        folder: For the service's files.
    """
    cameras = {one.camera_id: RtspCamera(clip, one.transport, _PASSWORD) for one in SHOWINGS}
    look_for = ["plates", "faces"] if people else ["plates"]
    settings = [_settings(name, one, look_for, folder) for name, one in cameras.items()]
    service = Service(folder, args={"cameras": settings})
    service.start()
    try:
        with service.client() as http:
            names = {_enrolled(http, one): one.name for one in people}
            for one in SHOWINGS:
                yield f"{one.said}:"
                yield from _played(http, cameras[one.camera_id], one, clip_s)
                events = _events(http, one.camera_id)
                raised = [event["plate"]["text"] for event in events if event["plate"]]
                yield f"  {told('vehicles', score(vehicles, raised))}"
                if people:
                    walked = [
                        names.get(event["driver_id"], "somebody unknown")
                        for event in events
                        if event["kind"] == "face_identified"
                    ]
                    yield f"  {told('people', score([one.name for one in people], walked))}"
            listed = http.get("/v1/cameras").text
        texts = [listed, service.log, *(one.read_text() for one in service.logs.glob("*.log"))]
        yield f"texts of {len(texts)} that show the password: {sum(_PASSWORD in o for o in texts)}"
    finally:
        service.stop()


def _settings(
    camera_id: str, camera: RtspCamera, look_for: Sequence[str], folder: Path
) -> dict[str, Any]:
    """A camera's settings; it is away until it is switched on."""
    url_file = folder / f"{camera_id}.url"
    url_file.write_text(camera.url)
    patience = {"first_pause_s": _PAUSE_S, "longest_pause_s": _PAUSE_S}
    return {
        **{"id": camera_id, "url_file": str(url_file), "look_for": look_for},
        "reconnect": patience,
    }


def _enrolled(http: httpx.Client, person: Person) -> int:
    photos = [("images", (one.name, one.read_bytes())) for one in person.enrolled]
    data = {"name": person.name}
    answer = http.post("/v1/drivers?allow_twin=true", data=data, files=photos).raise_for_status()
    driver_id: int = answer.json()["driver"]["id"]
    return driver_id


def _played(
    http: httpx.Client, camera: RtspCamera, showing: Showing, clip_s: float
) -> Iterator[str]:
    """Plays the clip to its end, once after the last break."""

    def status() -> dict[str, Any]:
        cameras = http.get("/v1/cameras").raise_for_status().json()["cameras"]
        return next(one for one in cameras if one["id"] == showing.camera_id)

    def reached(patience_s: float, holds: Callable[[str], bool]) -> dict[str, Any]:
        give_up = time.monotonic() + patience_s
        while not holds((one := status())["state"]):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{showing.camera_id} is {one['state']}: {one['reason']}")
            time.sleep(0.2)
        return one

    with switched_on(camera):
        reached(_PATIENCE_S, lambda state: state == "watching")
        if showing.breaks:
            time.sleep(clip_s / 3)
            camera.stop()
            away = reached(_PATIENCE_S, lambda state: state != "watching")
            yield f"  broken off: {away['state']}, {away['reason']}"
            camera.start()
            reached(_PATIENCE_S, lambda state: state == "watching")
        seen = http.get(f"/v1/cameras/{showing.camera_id}/picture").raise_for_status()
        yield f"  a look at it: {len(seen.content) / 1024:.0f} KiB, {seen.headers['last-modified']}"
        reached(clip_s + _PATIENCE_S, lambda state: state != "watching")
    time.sleep(_SETTLED_AFTER_S)
    one = status()
    yield (
        f"  {one['frames_seen']} pictures came, {one['frames_sampled']} sampled, "
        f"{one['frames_dropped']} dropped, {one['frames_failed']} failed; "
        f"came again: {one['repeated']}, unclear: {one['unclear']}, lost: {one['lost']}"
    )


def _events(http: httpx.Client, camera_id: str) -> list[dict[str, Any]]:
    asked = {"camera_id": camera_id, "limit": "200"}
    events: list[dict[str, Any]] = (
        http.get("/v1/events", params=asked).raise_for_status().json()["events"]
    )
    return events
