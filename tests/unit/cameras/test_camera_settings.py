"""Which cameras may be set."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from configs.camera_settings import CameraSettings, ReconnectSettings, TrackSettings
from configs.section import ROOT
from configs.settings import Settings


@pytest.mark.parametrize("section", [CameraSettings, TrackSettings, ReconnectSettings])
def test_every_number_is_bounded_and_described(section: type[BaseModel]) -> None:
    for name, field in section.model_fields.items():
        if field.annotation in (int, float):
            bounds = {type(bound).__name__ for bound in field.metadata}
            assert bounds & {"Ge", "Gt"}, name
            assert bounds & {"Le", "Lt"}, name
            assert field.description, name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "rtsp://ann:secret@cam/1"}, "a URL with a user name or password belongs into"),
        ({"url": "concat:a|b"}, "a camera's URL begins with rtsp://, rtsps://, http://, https://"),
        ({"url": "file:///etc/passwd"}, "or is a path"),
        ({"url": "a\nb"}, "a camera's URL is one line"),
        ({}, "a camera needs either url or url_file"),
        ({"url": "a", "url_file": "b"}, "a camera needs either url or url_file"),
        ({"url": "a", "id": "gate 1"}, "String should match pattern"),
        ({"url": "a", "look_for": []}, "at least 1 item"),
        ({"url": "a", "look_for": ["cats"]}, "Input should be 'plates' or 'faces'"),
        ({"url": "a", "no_such": 1}, "Extra inputs are not permitted"),
        (
            {"url": "a", "track": {"least_pictures": 3, "enough_pictures": 2}},
            "least_pictures must not be above enough_pictures",
        ),
        ({"url": "a", "track": {"enough_pictures": 61}}, "less than or equal to 60"),
        (
            {"url": "a", "frames_per_second": 0.5},
            "track.lost_after_s must be above the time between two pictures",
        ),
        (
            {"url": "a", "reconnect": {"first_pause_s": 9, "longest_pause_s": 8}},
            "first_pause_s must not be above longest_pause_s",
        ),
    ],
)
def test_refuses(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("|", r"\|")):
        CameraSettings.model_validate({"id": "gate-1", **changes})


def test_two_cameras_need_two_names() -> None:
    cameras = [{"id": name, "url": "a"} for name in ("gate-1", "Gate-1")]
    with pytest.raises(ValidationError, match="two cameras are called gate-1"):
        Settings.model_validate({"cameras": cameras})


def test_a_path_begins_at_the_checkout() -> None:
    assert CameraSettings(id="a", url="var/clip.mp4").address() == str(ROOT / "var/clip.mp4")
    assert CameraSettings(id="a", url="/srv/clip.mp4").address() == "/srv/clip.mp4"
    assert CameraSettings(id="a", url="rtsp://cam/1").address() == "rtsp://cam/1"


def test_a_url_with_a_password_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("rtsp://ann:secret@cam/1\n")
    camera = CameraSettings(id="a", url_file=str(secret))
    assert camera.address() == "rtsp://ann:secret@cam/1"
    assert "ann" not in repr(camera)


def test_an_address_that_is_refused_is_not_repeated() -> None:
    cameras = [{"id": "a", "url": "rtsp://ann:secret@cam/1"}]
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"cameras": cameras})
    assert "secret" not in str(refused.value)
