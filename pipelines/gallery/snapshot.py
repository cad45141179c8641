"""The format of an index snapshot: templates, and the change that they include as their last.

8 bytes    magic
4 bytes    length of the header, little-endian
header     JSON: format, model_id, dimension, shard, shards, sequence, token, count
N x 8      driver ids, int64 little-endian
N x D x 4  templates, float32 little-endian
32 bytes   SHA-256 of everything before
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipelines.gallery.records import Head
from pipelines.storage.private_files import create_private_file

FORMAT = 1

_MAGIC = b"GHINDEX\n"
_LENGTH = struct.Struct("<I")
_LONGEST_HEADER = 65_536
_CHUNK = 1 << 22  # bytes that are hashed while they are still in the cache
_ID = np.dtype("<i8")
_FLOAT = np.dtype("<f4")


class DamagedSnapshot(Exception):
    """The file is no whole snapshot of this format for this index."""


@dataclass(frozen=True, slots=True)
class SnapshotKey:
    """What a snapshot must be of to be any use to an index."""

    model_id: str
    dimension: int
    shard: int = 0
    shards: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """An index as of one change.

    Attributes:
        key: Which index.
        head: The last change that it includes.
        driver_ids: ``(N,)`` int64, none twice.
        templates: ``(N, D)`` float32 of unit L2 norm.
    """

    key: SnapshotKey
    head: Head
    driver_ids: NDArray[np.int64]
    templates: NDArray[np.float32]


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a new file and have it reach the disk.

    Raises:
        OSError: It cannot be written.
    """
    header = json.dumps(
        {
            "format": FORMAT,
            "model_id": snapshot.key.model_id,
            "dimension": snapshot.key.dimension,
            "shard": snapshot.key.shard,
            "shards": snapshot.key.shards,
            "sequence": snapshot.head.sequence,
            "token": snapshot.head.token,
            "count": len(snapshot.driver_ids),
        }
    ).encode()
    digest = hashlib.sha256()
    path.unlink(missing_ok=True)  # a writer that was killed may have left it
    with os.fdopen(create_private_file(path), "wb") as file:
        for view in (
            memoryview(_MAGIC + _LENGTH.pack(len(header)) + header),
            _bytes_of(snapshot.driver_ids.astype(_ID, copy=False)),
            _bytes_of(snapshot.templates.astype(_FLOAT, copy=False)),
        ):
            for start in range(0, len(view), _CHUNK):
                digest.update(view[start : start + _CHUNK])
                file.write(view[start : start + _CHUNK])
        file.write(digest.digest())
        file.flush()
        os.fsync(file.fileno())


def read_snapshot(path: Path, key: SnapshotKey) -> Snapshot:
    """Read a file and check every byte of it.

    Raises:
        DamagedSnapshot: It is cut off, changed, of another format or of another index.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.sha256()
        header = _header(file, digest)
        expected = {
            "format": FORMAT,
            "model_id": key.model_id,
            "dimension": key.dimension,
            "shard": key.shard,
            "shards": key.shards,
        }
        for name, value in expected.items():
            if header.get(name) != value:
                raise DamagedSnapshot(f"its {name} is {header.get(name)!r}, not {value!r}")
        count, sequence, token = (header.get(one) for one in ("count", "sequence", "token"))
        if not (isinstance(count, int) and isinstance(sequence, int) and isinstance(token, str)):
            raise DamagedSnapshot("its header is not complete")
        body = count * (_ID.itemsize + key.dimension * _FLOAT.itemsize)
        left = os.fstat(file.fileno()).st_size - file.tell()
        if count < 0 or left != body + digest.digest_size:
            raise DamagedSnapshot("its length is not that of its contents")
        ids = np.empty(count, dtype=_ID)
        templates = np.empty((count, key.dimension), dtype=_FLOAT)
        _fill(file, ids, digest)
        _fill(file, templates, digest)
        if file.read() != digest.digest():
            raise DamagedSnapshot("its checksum is wrong")
    return Snapshot(
        key,
        Head(sequence, token),
        ids.astype(np.int64, copy=False),
        templates.astype(np.float32, copy=False),
    )


def _header(file: BinaryIO, digest: "hashlib._Hash") -> dict[str, object]:
    start = file.read(len(_MAGIC) + _LENGTH.size)
    if len(start) < len(_MAGIC) + _LENGTH.size or not start.startswith(_MAGIC):
        raise DamagedSnapshot("it does not begin like a snapshot")
    (length,) = _LENGTH.unpack_from(start, len(_MAGIC))
    if length > _LONGEST_HEADER:
        raise DamagedSnapshot("its header is too long")
    text = file.read(length)
    digest.update(start + text)
    try:
        header = json.loads(text)
    except ValueError as error:
        raise DamagedSnapshot("its header cannot be read") from error
    if not isinstance(header, dict):
        raise DamagedSnapshot("its header cannot be read")
    return header


def _bytes_of(array: NDArray[np.int64] | NDArray[np.float32]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _fill(
    file: BinaryIO, array: NDArray[np.int64] | NDArray[np.float32], digest: "hashlib._Hash"
) -> None:
    view = _bytes_of(array)
    for start in range(0, len(view), _CHUNK):
        part = view[start : start + _CHUNK]
        filled = 0
        while filled < len(part):
            read = file.readinto(part[filled:])  # type: ignore[attr-defined]  # buffered files have it
            if not read:
                raise DamagedSnapshot("it is cut off")
            filled += read
        digest.update(part)
