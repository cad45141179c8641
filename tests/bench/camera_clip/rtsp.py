"""An RTSP camera on this machine, which shows a clip, and can be switched off and on again."""

import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Final, Literal

from tests.serve.service import free_ports

_PYTHON: Final = "/usr/bin/python3"
_SERVER: Final = Path(__file__).with_name("rtsp_server.py")
_NEEDED: Final = (
    "/usr/lib/python3/dist-packages/gi/__init__.py",
    "/usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib",
    "/usr/lib/*/gstreamer-1.0/libgstx264.so",
)
_STARTS_WITHIN_S: Final = 30
_ENDS_WITHIN_S: Final = 10

MISSING: Final = (
    "GStreamer's RTSP server is missing: "
    "apt-get install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-ugly python3-gi"
)


def has_rtsp() -> bool:
    """Whether what serves RTSP is installed."""
    return all(glob(pattern) for pattern in _NEEDED)


@dataclass(slots=True)
class RtspCamera:
    """A camera that plays a clip from its beginning for everybody who connects.

    Attributes:
        clip: Motion JPEG in AVI.
        transport: The only way in which it sends pictures.
        password: Of the user ``viewer``; None asks for none.
    """

    clip: Path
    transport: Literal["tcp", "udp"] = "tcp"
    password: str | None = None
    port: int = field(init=False, default_factory=lambda: free_ports(1)[0])
    process: "subprocess.Popen[str] | None" = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Its address, with the password."""
        access = f"viewer:{self.password}@" if self.password else ""
        return f"rtsp://{access}127.0.0.1:{self.port}/stream"

    def start(self) -> None:
        """Switches it on; returns when it can be connected to.

        Raises:
            OSError: It cannot be switched on, or not in time; ``stop`` ends what there is of it.
        """
        command = [_PYTHON, _SERVER, self.clip, "--port", self.port, "--transport", self.transport]
        command += ["--user", "viewer"] if self.password else []
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{self.password}\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], _STARTS_WITHIN_S)[0]:
            raise TimeoutError(f"the RTSP server says nothing for {_STARTS_WITHIN_S} s")
        if not self.process.stdout.readline():
            status = self.process.wait(_ENDS_WITHIN_S)
            raise OSError(f"the RTSP server has ended with status {status}")

    def stop(self) -> None:
        """Pulls its plug."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate(timeout=_ENDS_WITHIN_S)
            self.process = None


@contextmanager
def switched_on(camera: RtspCamera) -> Iterator[RtspCamera]:
    """A camera that is on, and off afterwards."""
    try:
        camera.start()
        yield camera
    finally:
        camera.stop()
