"""The files that a job is asked to do."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pipelines.errors import BadInput, ConfigurationError, Unavailable
from pipelines.storage.object_store import ObjectStore

Item = dict[str, Any]
"""One thing to be done, as JSON values."""

FILE_COLUMNS: Final = ("path", "size", "mark")
"""Of a file: its place below the source, its bytes, and what changes when its content does."""

PICTURE_SUFFIXES: Final = (".apng", ".jfif", ".jpe", ".jpeg", ".jpg", ".png")
"""Of the kinds that the decoders take, in whatever case."""

ALL_FILES: Final = "--all-files"
"""The option that takes files by any name."""

_MARKS: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created")
_NO_TEXT: Final = re.compile(r"\\udc[89a-f][0-9a-f]")
_HIDDEN: Final = "hidden"
ELSEWHERE: Final = "in no driver's folder"
_KINDS_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has.

    Attributes:
        items: That are to be done, in order.
        skipped: How many files are left out, by why: ``hidden``, or a suffix such as ``.txt``.
    """

    items: list[Item]
    skipped: Mapping[str, int]


def place(text: str) -> str:
    """A folder of the command line as an absolute path; a URL as it is."""
    return text if "://" in text or "::" in text else str(Path(text).expanduser().resolve())


async def files_of(source: str, all_files: bool = False) -> Found:
    """The pictures below a folder or prefix, told by the suffix of their names, by their paths.

    Bytes of a name that are no UTF-8 stand in the path as ``\\udcxx``; such a file cannot be read.

    Args:
        source: The folder or prefix.
        all_files: Take every file but those whose name, or a folder's on the way, begins with a
            dot.

    Raises:
        ConfigurationError: The source cannot be used, or has no such files.
        Unavailable: It cannot be listed now.
    """
    found = await ObjectStore(source).find()
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    for path in sorted(found):
        info = found.pop(path)
        kind = kind_of(path)
        if kind == _HIDDEN or not (all_files or kind in PICTURE_SUFFIXES):
            skipped[kind] += 1
        else:
            items.append({"path": _text(path), "size": int(info["size"]), "mark": _mark(info)})
    if not items:
        raise ConfigurationError(_nothing(source, skipped))
    return Found(items, skipped)


def told_skipped(skipped: Mapping[str, int]) -> str:
    """Say which files were left out; empty where none was."""
    if not skipped:
        return ""
    kinds = sorted(skipped.items(), key=lambda one: (-one[1], one[0]))
    said = [f"{count} {_text(kind)}" for kind, count in kinds[:_KINDS_TOLD]]
    if others := sum(count for _, count in kinds[_KINDS_TOLD:]):
        said.append(f"{others} others")
    told = f"skipped: {sum(skipped.values())} ({', '.join(said)})"
    if {*skipped} <= {_HIDDEN, ELSEWHERE}:
        return told
    return f"{told}; {ALL_FILES} takes all but hidden ones"


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


def kind_of(path: str) -> str:
    """What a file is by its path: ``hidden``, its suffix in lower case, or ``without suffix``."""
    if any(part.startswith(".") for part in path.split("/")):
        return _HIDDEN
    return PurePosixPath(path).suffix.lower() or "without suffix"


def _nothing(source: str, skipped: Mapping[str, int]) -> str:
    if Path(source).is_file():
        return f"{source} is a file: name the folder that it lies in"
    if any(kind != _HIDDEN for kind in skipped):
        return f"{source} has no pictures; {told_skipped(skipped)}"
    if "://" not in source and not Path(source).exists():
        return f"there is no folder {source}"
    return f"{source} has no files: name a folder or a prefix that has some"


def _text(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()


def _mark(info: Mapping[str, Any]) -> str:
    return next((str(info[name]) for name in _MARKS if info.get(name) is not None), "")
