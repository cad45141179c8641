"""Files and folders for the service's own user alone, whatever the umask of its processes.

A folder with the set-group-id bit is one that its maker shares with a group: what is made in it
gives that group the rights that it has in the folder itself. What is there already is left alone.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

_OWNERS: Final = stat.S_IRUSR | stat.S_IWUSR
_GROUPS: Final = stat.S_IRGRP | stat.S_IWGRP


def create_private_file(path: Path) -> int:
    """Create a file of mode 0600; its descriptor, open for writing.

    Raises:
        FileExistsError: There is one.
        OSError: It cannot be made.
    """
    shared = _shared_mode(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNERS)
    if shared is not None:
        try:
            os.fchmod(descriptor, _OWNERS | (shared & _GROUPS))
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def ensure_private_file(path: Path) -> None:
    """Create an empty file of mode 0600 where there is none.

    Raises:
        OSError: It cannot be made.
    """
    with suppress(FileExistsError):
        os.close(create_private_file(path))


def make_private_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it, mode 0700 each; what they lie in is not changed.

    Returns:
        Those that were missing, the outermost first.

    Raises:
        OSError: One cannot be made.
    """
    missing: list[Path] = []
    while not (folder.is_dir() or (missing and folder.exists())):
        missing.insert(0, folder)
        folder = folder.parent
    for one in missing:
        try:
            one.mkdir(stat.S_IRWXU)
        except FileExistsError:
            if not one.is_dir():
                raise
            continue  # another process was quicker
        shared = _shared_mode(one.parent)
        if shared is not None:
            one.chmod(stat.S_ISGID | stat.S_IRWXU | (shared & stat.S_IRWXG))
    return missing


def _shared_mode(folder: Path) -> int | None:
    """Mode of a folder that is shared with a group; None of any other."""
    mode = folder.stat().st_mode
    return mode if mode & stat.S_ISGID else None
