"""Keeping a second run out of a job's folder."""

import errno
import fcntl
from pathlib import Path
from typing import Final

from pipelines.errors import ConfigurationError, GatehouseError, Unavailable
from pipelines.storage.private_files import ensure_private_file, make_private_folder

_FOR_GOOD: Final = {errno.EROFS, errno.ENOTDIR}
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


class RunLock:
    """Held by one run at a time; the system releases it when the run's process ends.

    Where the file system has no locks, nothing is kept out.

    Args:
        path: The file that is locked; made where there is none.

    Raises:
        ConfigurationError: Nothing can be written there.
        Unavailable: Another run holds it, or the file cannot be made now.
    """

    def __init__(self, path: Path) -> None:
        try:
            make_private_folder(path.parent)
            ensure_private_file(path)
            self._file = path.open("ab")
        except OSError as error:
            raise not_written(str(path.parent.parent), error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise Unavailable(
                f"another run of the job in {path.parent.parent} is under way: wait for its end, "
                "or end it"
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                self._file.close()
                raise Unavailable(f"{path} cannot be locked: {error.strerror}") from error

    def release(self) -> None:
        """Let another run in."""
        self._file.close()


def not_written(place: str, error: BaseException | None) -> GatehouseError:
    """What to raise where a folder or prefix cannot be written.

    Args:
        place: Its name.
        error: What the system says.
    """
    reason = getattr(error, "strerror", None) or type(error).__name__
    refusal = f"{place} cannot be written: {reason}"
    if isinstance(error, PermissionError) or getattr(error, "errno", None) in _FOR_GOOD:
        return ConfigurationError(f"{refusal}. Name another place, or change its rights")
    return Unavailable(refusal)
