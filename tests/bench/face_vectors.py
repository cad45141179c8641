"""The development people as vectors: every photo is encoded once a run, and nothing is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.imaging import decode
from pipelines.types import Face, FaceEncoder, Picture
from tests.bench.over_http import ENROLLED_PHOTOS
from tests.bench.people import People

HALVES = 2
"""Parts of the strangers: distractors come from one while the other is asked."""

_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True, eq=False)
class FaceVectors:
    """Faces of people as vectors of unit length.

    Attributes:
        drivers: One ``(photos, D)`` float32 array a driver, more photos than are enrolled.
        strangers: One ``(S, D)`` float32 array for each half of the strangers, one photo each.
        mixed: For each half, ``(M, D)`` float32: faces mixed from two of its people, see ``mixed``.
        without_face: Photos in which no face was found; they are left out.
    """

    drivers: tuple[NDArray[np.float32], ...]
    strangers: tuple[NDArray[np.float32], ...]
    mixed: tuple[NDArray[np.float32], ...]
    without_face: int


def encode_people(known: People, encoder: FaceEncoder, *, mixed: int, seed: int) -> FaceVectors:
    """Encode the largest face of every photo, and faces mixed from the strangers'.

    Args:
        known: The people.
        encoder: The face encoder of the service.
        mixed: Mixed faces for each half of the strangers.
        seed: Divides the strangers and pairs them.
    """
    photos = [*known.strangers, *(photo for its in known.drivers.values() for photo in its)]
    found = {photo: _largest_face(encoder, photo) for photo in tqdm(photos, desc="encoding people")}
    drivers = [
        _vectors([face for face in map(found.get, its) if face]) for its in known.drivers.values()
    ]
    random = np.random.default_rng(seed)
    strangers = [face for face in map(found.get, known.strangers) if face]
    order = random.permutation(len(strangers))
    halves = [[strangers[place] for place in order[half::HALVES]] for half in range(HALVES)]
    return FaceVectors(
        tuple(its for its in drivers if len(its) > ENROLLED_PHOTOS),
        tuple(map(_vectors, halves)),
        tuple(
            encoder.embed(list(mixed_faces([face.aligned for face in half], mixed, random)))
            for half in halves
        ),
        sum(face is None for face in found.values()),
    )


def mixed_faces(
    aligned: Sequence[Picture], number: int, random: np.random.Generator
) -> Iterator[Picture]:
    """Aligned faces that are the mean of two people's, pixel by pixel (mixup, Zhang et al. 2018).

    Args:
        aligned: Each ``(112, 112, 3)`` uint8 BGR, of one person each, two at least.
        number: How many.
        random: Decides who is mixed with whom.
    """
    for _ in range(number):
        one, other = random.choice(len(aligned), 2, replace=False)
        yield cv2.addWeighted(aligned[one], 0.5, aligned[other], 0.5, 0.0)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows, or one vector, brought to unit length."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def _largest_face(encoder: FaceEncoder, photo: Path) -> Face | None:
    faces = encoder.encode([decode(photo.read_bytes(), max_pixels=_MAX_PIXELS)])[0]
    return faces[0] if faces else None


def _vectors(faces: Sequence[Face]) -> NDArray[np.float32]:
    return np.array([face.embedding for face in faces], np.float32)
