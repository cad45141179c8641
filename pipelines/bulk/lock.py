"""Keeping a second run out of a job's folder."""

import errno
import fcntl
from pathlib import Path
from typing import Final

from pipelines.errors import Unavailable

_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


class RunLock:
    """Held by one run at a time; the system releases it when the run's process ends.

    Where the file system has no locks, nothing is kept out.

    Args:
        path: The file that is locked; made where there is none.

    Raises:
        Unavailable: Another run holds it, or the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        except OSError as error:
            raise Unavailable(f"{path} cannot be made: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise Unavailable(
                f"another run of the job in {path.parent.parent} is under way: wait for its end"
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                self._file.close()
                raise Unavailable(f"{path} cannot be locked: {error.strerror}") from error

    def release(self) -> None:
        """Let another run in."""
        self._file.close()
