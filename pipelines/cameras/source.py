"""Where a camera's pictures come from: always the newest, from a stream that is opened again."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Condition, Event, Thread
from typing import Any, Final

import cv2

from configs.camera_settings import CameraSettings
from pipelines.cameras.capture import Capture
from pipelines.cameras.frames import CameraState, Frame, SourceStatus

_log = logging.getLogger(__name__)

_USUAL_RATE: Final = 25.0
"""Pictures a second of a file that does not say."""

_RATES: Final = (1.0, 240.0)

_OVER: Final = "the stream has ended, or brought no picture in time"
_BROKEN: Final = "a picture of the stream cannot be decoded"
_EMPTY: Final = "the file holds no picture"


class FrameSource:
    """Reads a stream in a thread of its own and keeps its newest picture that is due.

    Nothing is queued: a picture that nobody took before the next one was due is dropped. A stream
    that fails is opened again for as long as it takes, after pauses that double. A file is played
    at its own pace, and ends.

    Args:
        open_capture: Opens the stream; OSError and ValueError say that it cannot be opened.
        settings: How often and how patiently.
        is_file: Whether its end is an end, and it has to be slowed down.
    """

    def __init__(
        self, open_capture: Callable[[], Capture], settings: CameraSettings, *, is_file: bool
    ) -> None:
        self._open = open_capture
        self._settings = settings
        self._is_file = is_file
        self._changed = Condition()
        self._newest: Frame | None = None
        self._latest: Frame | None = None
        self._status = SourceStatus()
        self._stopping = Event()
        self._due_s = -math.inf
        self._thread = Thread(target=self._run, name=f"camera-{settings.id}", daemon=True)

    @property
    def status(self) -> SourceStatus:
        """How the stream is getting on."""
        return self._status

    @property
    def latest(self) -> Frame | None:
        """The last picture that was sampled, taken or not; None while the stream brings none."""
        return self._latest

    @property
    def alive(self) -> bool:
        """Whether somebody reads the stream, or it has ended."""
        return self._thread.is_alive() or self._status.state is CameraState.ENDED

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Asks the thread to end; it does so when the stream lets it, within its timeouts."""
        self._stopping.set()

    def take(self, timeout_s: float) -> Frame | None:
        """The newest picture that nobody took yet; None where none comes in time, or ever."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._newest is not None or self._status.state is CameraState.ENDED,
                timeout_s,
            )
            frame, self._newest = self._newest, None
            return frame

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            seen = self._status.seen
            reason = self._watch()
            if reason is None:
                if self._settings.repeat and not self._stopping.is_set():
                    continue
                self._say(state=CameraState.ENDED, reason=None)
                return
            failures = 1 if self._status.seen > seen else failures + 1
            _log.warning("camera %s: %s", self._settings.id, reason)
            self._say(state=CameraState.FAILED, reason=reason)
            self._stopping.wait(self._pause_s(failures))
            self._say(reconnects=self._status.reconnects + 1)

    def _watch(self) -> str | None:
        """Reads the stream once; says why it failed, None for a file that has ended."""
        try:
            capture = self._open()
        except (OSError, ValueError) as error:
            # An error of the system names the file, a message of ours does not.
            return getattr(error, "strerror", None) or str(error)
        try:
            return self._read(capture)
        except OSError as error:
            return str(error)
        except (cv2.error, MemoryError):
            _log.exception("camera %s: %s", self._settings.id, _BROKEN)
            return _BROKEN
        finally:
            capture.close()

    def _read(self, capture: Capture) -> str | None:
        rate = capture.frames_per_second
        rate = rate if _RATES[0] <= rate <= _RATES[1] else _USUAL_RATE
        began_s, grabbed = time.monotonic(), 0
        while not self._stopping.is_set() and capture.grab():
            grabbed += 1
            self._keep(capture)
            if self._is_file:
                self._stopping.wait(max(0.0, began_s + grabbed / rate - time.monotonic()))
        if self._is_file:
            return None if grabbed else _EMPTY
        return None if self._stopping.is_set() else _OVER

    def _keep(self, capture: Capture) -> None:
        """Makes the picture that was grabbed the newest, where one is due."""
        at, at_s = datetime.now(UTC), time.monotonic()
        news = {"state": CameraState.WATCHING, "reason": None, "last_frame_at": at}
        seen = self._status.seen + 1
        picture = capture.picture() if at_s >= self._due_s else None
        if picture is None:
            self._say(**news, seen=seen)
            return
        period_s = 1.0 / self._settings.frames_per_second
        self._due_s = max(self._due_s + period_s, at_s + period_s / 2)
        with self._changed:
            status = self._status
            dropped = status.dropped + (self._newest is not None)
            self._newest = self._latest = Frame(picture, at, at_s)
            self._say(**news, seen=seen, sampled=status.sampled + 1, dropped=dropped)

    def _say(self, **changes: Any) -> None:
        with self._changed:
            self._status = replace(self._status, **changes)
            if self._status.state is not CameraState.WATCHING:
                self._latest = None  # what a camera saw last is not what it sees
            self._changed.notify_all()

    def _pause_s(self, failures: int) -> float:
        patience = self._settings.reconnect
        doubled: float = patience.first_pause_s * 2.0 ** min(failures - 1, 20)
        return min(doubled, patience.longest_pause_s)
