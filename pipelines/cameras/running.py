"""A camera at work: its stream and what is made of it, until it ends."""

import asyncio
import logging
import os
import time
from functools import partial
from pathlib import Path
from typing import Final

from configs.camera_settings import CameraSettings, is_stream
from pipelines.cameras.capture import Capture, FfmpegCapture
from pipelines.cameras.frames import CameraState, CameraStatus, CameraView
from pipelines.cameras.live import LivePictures
from pipelines.cameras.source import FrameSource
from pipelines.cameras.watch import CameraWatch

_log = logging.getLogger(__name__)

_WAIT_S: Final = 0.5


class CameraRun:
    """Takes the newest picture whenever the one before has been looked at.

    Args:
        camera: Its settings.
        source: Where pictures come from; not started yet.
        watch: What is made of them.
    """

    def __init__(self, camera: CameraSettings, source: FrameSource, watch: CameraWatch) -> None:
        self._camera = camera
        self._source = source
        self._watch = watch
        self._live = LivePictures()
        self._settling: asyncio.Task[None] | None = None

    @property
    def status(self) -> CameraStatus:
        """How the camera is getting on."""
        return CameraStatus(self._camera.id, self._source.status, self._watch.tally)

    async def view(self) -> CameraView:
        """What the camera sees now."""
        picture = await self._live.of(self._source.latest)
        if self._forgets():  # it went while the picture was being encoded
            picture = None
        return CameraView(self._source.status, picture)

    def check(self) -> None:
        """Raises RuntimeError where nobody reads the stream any more."""
        if not self._source.alive:
            raise RuntimeError(f"the stream of camera {self._camera.id} is not read any more")

    async def run(self) -> None:
        """Watches until the stream, a file's, has ended."""
        self._source.start()
        try:
            while True:
                frame = await asyncio.to_thread(self._source.take, _WAIT_S)
                if frame is not None:
                    await self._watch.look(frame)
                elif self._source.status.state is CameraState.ENDED:
                    break
                else:
                    self._watch.pass_time(time.monotonic())
                self._forgets()
                self._settle()
            self._forgets()
            self._watch.end(time.monotonic())
            while not self._watch.all_settled:
                await asyncio.wait([self._settle()])
                await asyncio.sleep(0 if self._watch.all_settled else _WAIT_S)
                self._watch.pass_time(time.monotonic())
            _log.info("camera %s has ended", self._camera.id)
        finally:
            self._source.stop()

    async def stop(self, patience_s: float) -> None:
        """Decides about what is in sight, after ``run`` was cancelled, and records it.

        Args:
            patience_s: For recording, in all; what takes longer is lost.
        """
        self._watch.end(time.monotonic())
        try:
            async with asyncio.timeout(patience_s):
                while not self._watch.all_settled:
                    await self._settle()
                    await asyncio.sleep(0 if self._watch.all_settled else _WAIT_S)
        except TimeoutError:
            _log.error("camera %s stops before everything is recorded", self._camera.id)

    def _forgets(self) -> bool:
        """Whether the camera brings nothing; then nothing that it brought is shown or kept."""
        gone = self._source.latest is None
        if gone:
            self._live.forget()
        return gone

    def _settle(self) -> "asyncio.Task[None]":
        """The task that records; pictures do not wait for it."""
        if self._settling is not None and self._settling.done():
            self._settling.result()
            self._settling = None
        if self._settling is None:
            self._settling = asyncio.create_task(self._watch.settle())
        return self._settling


def build_source(camera: CameraSettings) -> FrameSource:
    """The stream or file of a camera."""
    is_file = camera.url is not None and not is_stream(camera.url)
    return FrameSource(partial(_opened, camera), camera, is_file=is_file)


def _opened(camera: CameraSettings) -> Capture:
    address = camera.address()
    if not is_stream(address):
        # Where it was looked for is for those alone who read the settings.
        if not Path(address).exists():
            raise OSError("there is no such file: see the camera's url")
        if not os.access(address, os.R_OK):
            raise OSError("the file may not be read: see its rights and the camera's url")
    return FfmpegCapture(address, camera.reconnect)
