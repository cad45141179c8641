"""Where a camera's pictures come from: a file, a stream that breaks off, nothing at all."""

import itertools
import socket
import threading
import time
from pathlib import Path

import cv2
import pytest

from pipelines.cameras.frames import CameraState, Frame
from pipelines.cameras.running import build_source
from pipelines.cameras.source import FrameSource
from pipelines.types import Picture
from tests.unit.cameras.clips import mjpeg_server, street, write_clip
from tests.unit.cameras.streams import QUICK, Scripted, camera, until


def test_a_file_is_played_at_its_pace_and_ends(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [street("A123BC")] * 10)
    source = build_source(camera(url=str(clip)))
    began = time.monotonic()
    source.start()
    frames = []
    while (frame := source.take(10)) is not None:
        frames.append(frame)
    assert time.monotonic() - began >= 0.45  # ten pictures, twenty a second
    assert frames[0].picture.shape == (480, 640, 3)
    assert all(first.at_s < second.at_s for first, second in itertools.pairwise(frames))
    status = source.status
    assert (status.state, status.reason, status.seen) == (CameraState.ENDED, None, 10)
    assert status.sampled == len(frames) + status.dropped
    assert status.reconnects == 0


def test_a_file_that_repeats_begins_anew(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [street()] * 3)
    source = build_source(camera(url=str(clip), repeat=True))
    source.start()
    until(lambda: source.status.seen > 6)
    assert source.status.state is CameraState.WATCHING
    source.stop()
    until(lambda: source.status.state is CameraState.ENDED)


def test_only_the_newest_picture_is_kept() -> None:
    source = FrameSource(lambda: Scripted(5), camera(url="x"), is_file=True)
    source.start()
    until(lambda: source.status.state is CameraState.ENDED)
    newest = source.take(0)
    assert isinstance(newest, Frame)
    assert source.take(0) is None
    assert source.status.seen == 5
    assert source.status.dropped == source.status.sampled - 1


def test_the_last_picture_can_be_seen_by_others_until_the_stream_is_away() -> None:
    left = threading.Event()

    class Waiting(Scripted):
        def grab(self) -> bool:
            if super().grab():
                return True
            left.wait(10)
            return False

    source = FrameSource(lambda: Waiting(1), camera(url="x"), is_file=False)
    assert source.latest is None
    source.start()
    until(lambda: source.latest is not None)
    assert source.take(0) is source.latest
    source.stop()
    left.set()
    until(lambda: source.status.state is CameraState.ENDED)
    assert source.latest is None


def test_only_what_is_due_is_sampled() -> None:
    rarely = camera(url="x", frames_per_second=0.1, track={"lost_after_s": 20})
    source = FrameSource(lambda: Scripted(50), rarely, is_file=True)
    source.start()
    until(lambda: source.status.seen >= 5)
    source.stop()
    assert source.status.sampled == 1


def test_a_stream_that_breaks_off_is_opened_again() -> None:
    with mjpeg_server([street("A123BC")] * 4) as url:
        source = build_source(camera(url=url))
        source.start()
        until(lambda: source.status.reconnects >= 2)
        frame = source.take(5)
        assert frame is not None
        assert frame.picture.shape == (480, 640, 3)
        assert source.status.seen >= 6
        source.stop()


def test_a_camera_that_is_away_says_so_and_is_tried_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/secret-name"
        source = build_source(camera(url=url))
        source.start()
        until(lambda: source.status.reconnects >= 3)
        source.stop()
    status = source.status
    assert (status.seen, status.last_frame_at) == (0, None)
    assert (status.state, status.reason) == (CameraState.FAILED, "the stream cannot be opened")
    assert "secret" not in "".join(capfd.readouterr())


def test_a_file_that_is_not_there_is_said_and_tried_again_without_its_path(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    clip = tmp_path / "secret-name.avi"
    source = build_source(camera(url=str(clip)))
    source.start()
    until(lambda: source.status.reconnects >= 2)
    reason = "there is no such file: see the camera's url"
    assert source.status.reason == reason
    assert f"camera {camera(url='x').id}: {reason}" in caplog.messages
    assert "secret" not in caplog.text
    assert capfd.readouterr() == ("", "")
    write_clip(clip, [street()])
    until(lambda: source.status.state is CameraState.ENDED)


@pytest.mark.parametrize(
    ("readable", "reason"),
    [
        (True, "the file is no video that can be played: see the camera's url"),
        (False, "the file may not be read: see its rights and the camera's url"),
    ],
)
def test_a_file_that_is_no_video_is_said_by_the_camera_alone(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    readable: bool,
    reason: str,
) -> None:
    clip = tmp_path / "secret-name.avi"
    clip.write_text("no video")
    monkeypatch.setattr("pipelines.cameras.running.os.access", lambda *_: readable)
    source = build_source(camera(url=str(clip)))
    level = cv2.getLogLevel()
    cv2.setLogLevel(3)  # that of OpenCV's own, whatever was opened before
    try:
        source.start()
        until(lambda: source.status.reconnects >= 2)
        source.stop()
    finally:
        cv2.setLogLevel(level)
    assert (source.status.state, source.status.reason) == (CameraState.FAILED, reason)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file or directory"),
        ("cam.avi", "url_file holds no URL of a stream"),
    ],
)
def test_a_url_file_that_is_of_no_use_is_the_reason(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / "url").write_text(text)
    source = build_source(camera(url_file=str(tmp_path / "url")))
    source.start()
    until(lambda: source.status.reconnects >= 1)
    source.stop()
    assert source.status.reason == reason


def test_a_camera_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        source = build_source(camera(url=url, reconnect={**QUICK, "open_timeout_s": 0.2}))
        source.start()
        until(lambda: source.status.reconnects >= 1)
        source.stop()
    assert source.status.reason == "the stream cannot be opened"


@pytest.mark.parametrize("error", [cv2.error("bad picture"), MemoryError()])
def test_a_picture_that_cannot_be_decoded_has_the_stream_opened_again(error: Exception) -> None:
    class Broken(Scripted):
        def picture(self) -> Picture | None:
            raise error

    opened: list[Broken] = []

    def opening() -> Broken:
        opened.append(Broken(9))
        return opened[-1]

    source = FrameSource(opening, camera(url="x"), is_file=False)
    source.start()
    until(lambda: source.status.reconnects >= 2)
    assert source.alive
    source.stop()
    assert source.status.reason == "a picture of the stream cannot be decoded"
    assert opened[0].closed


def test_an_empty_file_has_failed() -> None:
    source = FrameSource(lambda: Scripted(0), camera(url="x"), is_file=True)
    source.start()
    until(lambda: source.status.reason is not None)
    source.stop()
    assert source.status.reason == "the file holds no picture"


def test_pauses_double_up_to_the_longest() -> None:
    patience = {"first_pause_s": 1.0, "longest_pause_s": 5.0}
    source = FrameSource(lambda: Scripted(0), camera(url="x", reconnect=patience), is_file=False)
    assert [source._pause_s(failures) for failures in (1, 2, 3, 4, 500)] == [1, 2, 4, 5, 5]
