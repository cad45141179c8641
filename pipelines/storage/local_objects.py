"""Objects in a local folder: written whole or not at all, and there after a power cut.

An object is first written under the name ``.NAME.part`` beside its own; what a crash leaves there
is listed and removed as the object itself.
"""

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from pipelines.storage.private_files import create_private_file, make_private_folder

_NO_HARD_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP}
_PART: Final = re.compile(r"\.(.+)\.part")
_ATTEMPTS: Final = 5  # a folder that was just found empty may be removed before it is written to


def write_new(target: Path, data: bytes, mark: Path | None) -> bool:
    """Write a file under a new name; False where the name is taken.

    With a mark there are three fsyncs: of the content, of the mark's folder, and, once the object
    has its name, of its own folder. The mark is made before the first, whose journal commit takes
    it along on ext4 and XFS; the second is then little more than a wait for the disk.

    Args:
        target: The file.
        data: Its content.
        mark: An empty file that is on disk before the target has its name.
    """
    if mark is not None and (marked := _created(mark)) is not None:
        os.close(marked)
    beside = _part_of(target)
    descriptor = _created(beside)
    if descriptor is None:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mark is not None:
            _fsync_folder(mark.parent)
        written = _publish(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    if written:
        _fsync_folder(target.parent)
    return written


def names(folder: Path) -> list[str]:
    """Names of the files and folders in a folder, in no order; none where there is no folder."""
    try:
        found = {_PART.sub(r"\1", entry) for entry in os.listdir(folder)}
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in found if not name.startswith(".")]


def remove(root: Path, targets: Iterable[Path]) -> None:
    """Remove files, one fsync a folder; folders left empty go too, but for those in the root."""
    folders: dict[Path, bool] = {}
    for target in targets:
        gone = [_unlinked(target), _unlinked(_part_of(target))]
        folders[target.parent] = folders.get(target.parent, False) or any(gone)
    for folder, changed in folders.items():
        with suppress(FileNotFoundError):  # another process has removed the last of it
            if changed:
                _fsync_folder(folder)
        _prune(root, folder)


def _prune(root: Path, folder: Path) -> None:
    """Remove a folder and those above it while they are empty, down to those in the root."""
    with suppress(OSError):  # not empty, a link, or gone already
        while root not in (folder, folder.parent):
            folder.rmdir()
            folder = folder.parent


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _created(path: Path) -> int | None:
    """Descriptor of a new file; None where the name is taken."""
    for _ in range(_ATTEMPTS):
        with suppress(FileNotFoundError):
            _make_folder(path.parent)
            try:
                return create_private_file(path)
            except FileExistsError:
                return None
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; each new one is on disk on return."""
    for one in make_private_folder(folder):
        _fsync_folder(one.parent)


def _publish(beside: Path, target: Path) -> bool:
    """Give a finished file its name; False where the name is taken."""
    try:
        os.link(beside, target)  # a rename would overwrite
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # Some network and foreign file systems have no hard links.
        if target.exists():
            return False
        beside.replace(target)
    return True


def _fsync_folder(folder: Path) -> None:
    """Make a rename or removal in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
