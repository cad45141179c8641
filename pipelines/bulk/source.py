"""The files that a job is asked to do."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipelines.errors import BadInput, ConfigurationError, Unavailable
from pipelines.storage.object_store import ObjectStore

Item = dict[str, Any]
"""One thing to be done, as JSON values."""

FILE_COLUMNS: Final = ("path", "size", "mark")
"""Of a file: its place below the source, its bytes, and what changes when its content does."""

_MARKS: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created")


_NO_TEXT: Final = re.compile(r"\\udc[89a-f][0-9a-f]")


def place(text: str) -> str:
    """A folder of the command line as an absolute path; a URL as it is."""
    return text if "://" in text or "::" in text else str(Path(text).expanduser().resolve())


async def files_of(source: str) -> list[Item]:
    """Every file below a folder or prefix, by its path; names that begin with a dot are left out.

    Bytes of a name that are no UTF-8 stand in the path as ``\\udcxx``; such a file cannot be read.

    Raises:
        ConfigurationError: The source cannot be used, or has no files.
        Unavailable: It cannot be listed now.
    """
    found = await ObjectStore(source).find()
    files = [
        {"path": _text(path), "size": int(info["size"]), "mark": _mark(info)}
        for path, info in ((path, found.pop(path)) for path in sorted(found))
        if not any(part.startswith(".") for part in path.split("/"))
    ]
    if not files:
        raise ConfigurationError(f"{source} has no files: name a folder or a prefix that has some")
    return files


def require_text(path: str) -> None:
    """Refuse a path of ``files_of`` that stands for a name that is no text.

    Raises:
        BadInput: It does.
    """
    if _NO_TEXT.search(path):
        raise BadInput("the name is not UTF-8: rename the file")


async def require_there(store: ObjectStore, place: str) -> None:
    """Tell a file that has gone from a place that has: a share that is not mounted is empty.

    Raises:
        Unavailable: The place shows nothing.
        ConfigurationError: It refuses access.
    """
    if not await store.names(""):
        raise Unavailable(f"{place} is empty now and was not before: see that it is there")


def require_apart(source: str, out: str) -> None:
    """Refuse an output that the next listing of the source would show.

    Raises:
        ConfigurationError: It lies in the source.
    """
    if f"{out}/".startswith(f"{source.rstrip('/')}/"):
        raise ConfigurationError(f"{out} lies in {source}: put the output beside it")


def _text(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()


def _mark(info: Mapping[str, Any]) -> str:
    return next((str(info[name]) for name in _MARKS if info.get(name) is not None), "")
