"""A camera at work, from the file to the journal."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cameras.frames import CameraState
from pipelines.cameras.running import CameraRun, build_source
from pipelines.cameras.source import FrameSource
from pipelines.errors import Unavailable
from pipelines.imaging import decode
from tests.unit.cameras.clips import street, write_clip
from tests.unit.cameras.streams import Scripted, camera
from tests.unit.cameras.watching import Gate


def test_a_clip_is_watched_to_its_end(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [street("A123BC", x) for x in range(20, 220, 10)])
    gate = Gate()
    settings = camera(url=str(clip))
    run = CameraRun(settings, build_source(settings), gate.watch)
    asyncio.run(run.run())
    run.check()
    assert gate.texts == ["A123BC"]
    status = run.status
    assert (status.camera_id, status.source.state) == ("gate-1", CameraState.ENDED)
    assert status.tally.plate_events == 1


def test_a_camera_that_is_away_stops_when_it_is_told() -> None:
    gate = Gate()
    source = FrameSource(lambda: Scripted(0), camera(url="x"), is_file=False)

    async def watch_for_a_moment() -> None:
        run = CameraRun(camera(url="x"), source, gate.watch)
        watching = asyncio.create_task(run.run())
        while source.status.reconnects < 2:
            await asyncio.sleep(0.005)
        run.check()
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching

    asyncio.run(watch_for_a_moment())
    assert source.status.state is CameraState.FAILED


def test_what_a_camera_sees_is_shown_while_it_sees_something(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [street("A123BC")] * 3)
    settings = camera(url=str(clip), repeat=True)

    async def look_on() -> None:
        run = CameraRun(settings, build_source(settings), Gate().watch)
        view = await run.view()
        assert (view.source.state, view.picture) == (CameraState.CONNECTING, None)
        watching = asyncio.create_task(run.run())
        async with asyncio.timeout(10):
            while (view := await run.view()).picture is None:
                await asyncio.sleep(0.005)
        assert view.source.state is CameraState.WATCHING
        assert decode(view.picture.jpeg, max_pixels=640 * 480).shape == (480, 640, 3)
        assert view.picture.at <= datetime.now(UTC)
        watching.cancel()
        await asyncio.wait([watching])

    asyncio.run(look_on())


@pytest.mark.parametrize(
    ("is_file", "state"), [(False, CameraState.FAILED), (True, CameraState.ENDED)]
)
def test_nothing_stays_of_what_a_camera_showed_that_has_gone(
    is_file: bool, state: CameraState
) -> None:
    goes = threading.Event()

    class Leaving(Scripted):
        def grab(self) -> bool:
            return super().grab() or not goes.wait(10)

    patient = camera(url="x", reconnect={"first_pause_s": 60})
    source = FrameSource(lambda: Leaving(1), patient, is_file=is_file)

    async def look_on_once() -> None:
        run = CameraRun(patient, source, Gate().watch)
        watching = asyncio.create_task(run.run())
        async with asyncio.timeout(10):
            while (await run.view()).picture is None:
                await asyncio.sleep(0.005)
            goes.set()
            while run._live._last is not None:
                await asyncio.sleep(0.005)
        assert run.status.source.state is state
        watching.cancel()
        await asyncio.wait([watching])

    asyncio.run(look_on_once())


def test_pictures_do_not_wait_for_the_store(tmp_path: Path) -> None:
    pictures = [*[street("A123BC", 20)] * 8, *[street()] * 2, *[street("M456TK", 400)] * 8]
    settings = camera(url=str(write_clip(tmp_path / "clip.avi", pictures)))
    gate = Gate()
    read: list[str] = []

    def noted(text: str, _at_s: float) -> str:
        read.append(text)
        return text

    async def watch_while_the_store_is_slow() -> None:
        gate.misread = noted
        gate.journal.answers.clear()
        run = CameraRun(settings, build_source(settings), gate.watch)
        watching = asyncio.create_task(run.run())
        async with asyncio.timeout(10):
            while "M456TK" not in read:
                await asyncio.sleep(0.005)
        gate.journal.answers.set()
        await watching

    asyncio.run(watch_while_the_store_is_slow())
    assert gate.texts == ["A123BC", "M456TK"]


def test_what_is_in_sight_is_recorded_when_it_stops() -> None:
    gate = Gate()
    run = CameraRun(camera(url="x"), build_source(camera(url="x")), gate.watch)

    async def stop() -> None:
        await gate.look(*[street("A123BC")] * 3)
        await run.stop(5.0)

    asyncio.run(stop())
    assert gate.texts == ["A123BC"]


def test_it_stops_though_nothing_can_be_recorded(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    gate.match_failure = Unavailable("DriverIndex.records has no replica that answers")
    run = CameraRun(camera(url="x"), build_source(camera(url="x")), gate.watch)

    async def stop() -> None:
        await gate.look(*[street("A123BC")] * 3)
        await run.stop(0.01)

    asyncio.run(stop())
    assert "camera gate-1 stops before everything is recorded" in caplog.text


def test_a_stream_that_nobody_reads_is_told() -> None:
    gate = Gate()
    source = FrameSource(lambda: Scripted(0), camera(url="x"), is_file=False)
    with pytest.raises(RuntimeError, match="the stream of camera gate-1 is not read any more"):
        CameraRun(camera(url="x"), source, gate.watch).check()
