"""The console's files, read once."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final, Self

PAGE: Final = Path(__file__).parent / "page"

_INDEX: Final = "index.html"
_PLACE: Final = b"@console"
"""Where the page names its files: stands for their folder's address."""

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is answered, as it is and compressed.

    Attributes:
        tag: The ETag, which changes with the content; weak, since it stands for both forms.
    """

    data: bytes
    compressed: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, data: bytes, media_type: str) -> Self:
        """Compresses and marks a file."""
        return cls(data, gzip.compress(data, mtime=0), media_type, f'W/"{_digest(data)}"')


@dataclass(frozen=True, slots=True)
class ConsoleFiles:
    """The page and what it loads.

    Attributes:
        version: Changes with the content of any file.
        files: By name; what is not in here does not exist, whatever a path says.
    """

    version: str
    files: Mapping[str, File]

    @classmethod
    def read(cls, folder: Path = PAGE) -> Self:
        """Reads those files of a folder whose media types are known."""
        files = {
            path.name: File.of(path.read_bytes(), _MEDIA_TYPES[path.suffix])
            for path in sorted(folder.iterdir())
            if path.suffix in _MEDIA_TYPES
        }
        told = "".join(f"{name} {file.tag}\n" for name, file in files.items())
        return cls(_digest(told.encode()), files)

    def index(self, prefix: str) -> File:
        """The page.

        Args:
            prefix: Path below which the application is served; empty at the root.
        """
        index = self.files[_INDEX]
        place = escape(f"{prefix}/console/{self.version}").encode()
        return File.of(index.data.replace(_PLACE, place), index.media_type)

    def find(self, version: str, name: str) -> File | None:
        """What the page loads; None for a name or a version that does not exist."""
        if version != self.version or name == _INDEX:
            return None
        return self.files.get(name)


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
