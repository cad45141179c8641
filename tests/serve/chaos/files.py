"""What lies on disk after a run: crops and index snapshots."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.serve.chaos.people import SAME_PERSON, embedding, seen_in

_MARKS = "owners"
_FLOAT_BYTES = 4
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Crop:
    """A stored crop.

    Attributes:
        name: Of the file; rows name it by a path that ends so.
        person: Whose face its pixels show; None where it shows none of the people.
        owners: Who is marked as its owner: ``driver/0/7`` or ``token/5f3c...``.
    """

    name: str
    person: int | None
    owners: tuple[str, ...]


def crops(folder: Path, people: Collection[int]) -> Iterator[Crop]:
    """Every crop of a face below a folder."""
    known = list(people)
    faces = np.stack([embedding(person) for person in known])
    owners: dict[str, list[str]] = {}
    for mark in (folder / _MARKS).rglob("*.jpg"):
        owners.setdefault(mark.name, []).append(str(mark.parent.relative_to(folder / _MARKS)))
    for path in sorted((folder / "faces").rglob("*.jpg")):
        vector = seen_in(path.read_bytes())
        person = None
        if vector is not None:
            cosines = faces @ vector
            best = int(cosines.argmax())
            person = known[best] if cosines[best] >= SAME_PERSON else None
        yield Crop(path.name, person, tuple(owners.get(path.name, ())))


def seen_in_file(path: Path, faces: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which faces a file holds a vector of, whatever its format: every place in it is tried.

    Args:
        path: The file; its vectors are float32 in the order of this machine.
        faces: ``(N, D)`` float32 of unit L2 norm.

    Returns:
        ``(N,)`` whether somewhere D numbers in a row point the way of the face.
    """
    data = path.read_bytes()
    dimension = faces.shape[1]
    seen = np.zeros(len(faces), dtype=bool)
    for offset in range(_FLOAT_BYTES):
        count = (len(data) - offset) // _FLOAT_BYTES
        if count < dimension:
            continue
        numbers = np.frombuffer(data, "<f4", count, offset)
        tame = np.where(np.isfinite(numbers) & (np.abs(numbers) <= 1.0), numbers, 0.0)
        windows = np.lib.stride_tricks.sliding_window_view(tame, dimension)
        for start in range(0, len(windows), _CHUNK):
            some = windows[start : start + _CHUNK]
            norms = np.linalg.norm(some, axis=1)
            likely = some[np.abs(norms - 1.0) < 0.05]  # vectors are stored at unit length
            if len(likely):
                seen |= (likely @ faces.T >= SAME_PERSON).any(axis=0)
    return seen
