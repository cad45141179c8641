"""What modes the service gives to its files."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Sets this process's umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Permissions of everything below a folder, by path."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


def open_to_others(folder: Path) -> set[str]:
    """What below a folder others than its owner may do something with."""
    return {path for path, mode in modes(folder).items() if mode & 0o077}
