"""The file that keeps API keys: read whole, written whole."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.access.key_records import KeyRecord, KeyRecords
from pipelines.errors import ConfigurationError
from pipelines.storage.private_files import ensure_private_file, make_private_folder

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as quick where it is there


def read_keys(path: Path) -> tuple[KeyRecord, ...]:
    """Reads a key file.

    Its permissions are not judged: it holds no key that could be used, and a mounted secret has
    the mode that its volume gives it.

    Raises:
        ConfigurationError: It cannot be read, or is no key file; the message names it and says why.
    """
    try:
        # Either loader is a safe one.
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # nosec B506
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key file {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the key file {path} is not YAML: {error}") from error
    try:
        return KeyRecords.model_validate(document).keys
    except ValidationError as error:
        faults = "; ".join(_worded(one["loc"], one["msg"]) for one in error.errors())
        raise ConfigurationError(f"the key file {path} is broken: {faults}") from error


def change_keys(
    path: Path, change: Callable[[tuple[KeyRecord, ...]], tuple[KeyRecord, ...]]
) -> tuple[KeyRecord, ...]:
    """Changes a key file, which whoever reads it sees whole, before or after.

    Args:
        path: The file; it is made where there is none, for its owner alone (mode 0600). One that is
            there keeps its owner and its mode, or the service could not read it any more.
        change: Makes the new keys of those that are there.

    Returns:
        The new keys.

    Raises:
        ConfigurationError: The file is broken, or cannot be written.
    """
    try:
        make_private_folder(path.parent)
        with _alone(path.with_name(f".{path.name}.lock")):
            keys = change(read_keys(path) if path.exists() else ())
            _replace(path, KeyRecords(keys=keys))
    except OSError as error:
        raise ConfigurationError(f"the key file {path} cannot be written: {error}") from error
    return keys


def _replace(path: Path, records: KeyRecords) -> None:
    document = records.model_dump(mode="json", exclude_none=True)
    for key in document["keys"]:
        key["scopes"].sort()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of mode 0600
    temporary = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            if path.exists():
                before = path.stat()
                os.fchown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, S_IMODE(before.st_mode))
            yaml.safe_dump(document, file, sort_keys=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One change at a time, or the second would undo the first."""
    ensure_private_file(lock)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _worded(place: tuple[str | int, ...], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}" if where else message
