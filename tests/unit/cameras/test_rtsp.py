"""Real RTSP: H.264 over TCP and UDP, a password, and a camera that goes and comes back."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from configs.camera_settings import CameraSettings, ReconnectSettings
from pipelines.cameras.capture import FfmpegCapture
from pipelines.cameras.frames import CameraState
from pipelines.cameras.running import CameraRun, build_source
from tests.bench.camera_clip.rtsp import MISSING, RtspCamera, has_rtsp, switched_on
from tests.unit.cameras.clips import street, write_clip
from tests.unit.cameras.streams import QUICK, camera, until
from tests.unit.cameras.watching import Gate

pytestmark = pytest.mark.skipif(not has_rtsp(), reason=MISSING)

PASSWORD = "hush7"
PATIENCE = {**QUICK, "open_timeout_s": 20, "read_timeout_s": 20}
"""Less than ``until`` has."""

CLIP = 100
"""Pictures."""

MOST_ON_THE_WAY = 5 * CLIP


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vehicle that passes slowly."""
    passing = [street("A123BC", x) for x in range(20, 20 + 2 * CLIP, 2)]
    return write_clip(tmp_path_factory.mktemp("rtsp") / "clip.avi", passing)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_pictures_of_a_stream_are_decoded(clip: Path, transport: Literal["tcp", "udp"]) -> None:
    with switched_on(RtspCamera(clip, transport)) as one:
        source = build_source(camera(url=one.url, reconnect=PATIENCE))
        source.start()
        try:
            until(lambda: source.status.seen >= 5)
            assert source.status.state is CameraState.WATCHING
            frame = source.take(5)
        finally:
            source.stop()
    assert frame is not None
    assert frame.picture.shape == (480, 640, 3)
    whole = np.abs(frame.picture.astype(int) - street()).mean(axis=(1, 2))
    assert whole[300:].mean() < 4  # the street is as grey as it was drawn
    assert whole[40:100].mean() > 10  # and a plate is before it


def test_a_stream_that_falls_silent_has_failed_when_its_time_is_over(clip: Path) -> None:
    patience = ReconnectSettings(open_timeout_s=20, read_timeout_s=1)
    with switched_on(RtspCamera(clip)) as one:
        capture = FfmpegCapture(one.url, patience)
        try:
            assert capture.grab()
            assert one.process is not None
            one.process.send_signal(signal.SIGSTOP)
            waited_s: list[float] = []
            while len(waited_s) < MOST_ON_THE_WAY:  # what was sent before may still come
                began_s = time.monotonic()
                grabbed = capture.grab()
                waited_s.append(time.monotonic() - began_s)
                if not grabbed:
                    break
        finally:
            capture.close()
    assert not grabbed
    assert waited_s[-1] >= patience.read_timeout_s
    assert all(earlier < patience.read_timeout_s for earlier in waited_s[:-1])


@pytest.fixture
def locked(clip: Path, tmp_path: Path) -> Iterator[tuple[RtspCamera, CameraSettings]]:
    """A camera with a password, and the settings that have it in a file."""
    with switched_on(RtspCamera(clip, password=PASSWORD)) as one:
        (tmp_path / "url").write_text(one.url)
        yield one, camera(url_file=str(tmp_path / "url"), reconnect=PATIENCE)


def test_a_camera_that_goes_and_comes_back_raises_no_second_event(
    locked: tuple[RtspCamera, CameraSettings],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    rtsp, settings = locked
    gate = Gate()

    async def watch() -> CameraRun:
        run = CameraRun(settings, build_source(settings), gate.watch)
        watching = asyncio.create_task(run.run())
        async with asyncio.timeout(60):
            while not run.status.tally.plate_events:
                await asyncio.sleep(0.02)
            rtsp.stop()
            while run.status.source.state is not CameraState.FAILED:
                await asyncio.sleep(0.02)
            before = run.status.source.seen
            rtsp.start()
            while run.status.source.seen < before + CLIP + CLIP // 2:
                await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.wait([watching])
        return run

    status = asyncio.run(watch()).status
    assert gate.texts == ["A123BC"]
    assert status.source.reconnects >= 1
    assert "camera gate-1: the stream has ended, or brought no picture in time" in caplog.text
    assert PASSWORD not in "".join([caplog.text, repr(status), *capfd.readouterr()])


def test_a_wrong_password_is_a_camera_that_cannot_be_opened(
    locked: tuple[RtspCamera, CameraSettings], tmp_path: Path
) -> None:
    rtsp, settings = locked
    (tmp_path / "url").write_text(rtsp.url.replace(PASSWORD, "wrong7"))
    source = build_source(settings)
    source.start()
    until(lambda: source.status.state is CameraState.FAILED)
    source.stop()
    assert source.status.reason == "the stream cannot be opened"
