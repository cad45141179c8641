"""The weights that the repository carries, each described by a JSON file beside it."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from configs.settings import ROOT
from pipelines.errors import ConfigurationError

FOLDER: Final = Path(__file__).resolve().parent

_SUFFIXES: Final = (".pt", ".onnx", ".engine")


@dataclass(frozen=True, slots=True)
class Weights:
    """A registered weights file.

    Attributes:
        name: What settings call it.
        path: Where it lies.
        sha256: Hexadecimal digest that the file must have.
        licence: SPDX expression.
        source: What it was made from.
    """

    name: str
    path: Path
    sha256: str
    licence: str
    source: str


def registry(folder: Path = FOLDER) -> dict[str, Weights]:
    """Reads all descriptions of a folder.

    Raises:
        ConfigurationError: A description is not JSON or lacks a field.
    """
    found = {}
    for description in sorted(folder.glob("*.json")):
        try:
            fields = json.loads(description.read_text(encoding="utf-8"))
            found[fields["name"]] = Weights(
                name=fields["name"],
                path=folder / fields["file"],
                sha256=fields["sha256"],
                licence=fields["licence"],
                source=fields["base"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{description} does not describe weights: {error!r}"
            ) from error
    return found


def resolve(name_or_path: str, folder: Path = FOLDER) -> Path:
    """Finds the file of a registered name, or takes a path to a weights file as it is.

    Args:
        name_or_path: A registered name, or a path; a relative one starts at the checkout.
        folder: The registry's folder.

    Raises:
        ConfigurationError: The name is unknown, the file is missing, or a registered file does not
            have its digest.
    """
    known = registry(folder)
    if entry := known.get(name_or_path):
        if not entry.path.is_file():
            raise ConfigurationError(f"weights {entry.name!r} lack their file {entry.path}")
        if sha256(entry.path) != entry.sha256:
            raise ConfigurationError(
                f"{entry.path} is not the file that was registered: its sha256 differs; "
                "restore it from the repository"
            )
        return entry.path
    path = ROOT / Path(name_or_path).expanduser()
    if path.suffix.lower() in _SUFFIXES and path.is_file():
        return path
    raise ConfigurationError(
        f"unknown weights {name_or_path!r}; known names are {', '.join(known)}; "
        "a path must lead to an existing .pt, .onnx or .engine file"
    )


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file, computed once while the file stays unchanged."""
    status = path.stat()
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
