"""A folder for what Ray leaves on the disk, and an end of all that runs in it."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Final

import psutil

_END_WITHIN_S: Final = 10.0


class RayFolder:
    """The folder of one Ray, named in the environment of whatever it starts."""

    def __init__(self) -> None:
        # Ray's socket paths must stay short, so it does not lie in a test's folder.
        self.path = tempfile.mkdtemp(prefix="gh-", dir="/tmp")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with; their temporary files lie in it too."""
        return {"RAY_TMPDIR": self.path, "TMPDIR": self.path}

    def processes(self) -> Iterator[psutil.Process]:
        """Processes that were started with it, also such whose parents have ended."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.environ().get("RAY_TMPDIR") == self.path:
                    yield process

    def remove(self) -> None:
        """Kill what still runs in it, which would write to it again, and remove it."""
        while alive := list(self.processes()):
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            _, left = psutil.wait_procs(alive, timeout=_END_WITHIN_S)
            if left:
                break
        shutil.rmtree(self.path, ignore_errors=True)
