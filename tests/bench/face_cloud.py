"""Invented face vectors that lie as SFace's do, for galleries larger than any set of photos.

A person is a point on the sphere of 128 dimensions: a part that all faces share, and a random part
whose variance falls from axis to axis. The two numbers that decide it are chosen so that cosines of
different people have the mean and the spread that were measured between the templates of the 120
development drivers. Nothing else about faces is claimed: no families, no look-alikes.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

Floats = NDArray[np.float32]

DIMENSION = 128
FACES = 3
"""Faces of one person, as many as an enrolment asks for."""

IMPOSTOR_MEAN = 0.121
IMPOSTOR_SPREAD = 0.087
"""Mean and standard deviation of the cosine of two people's templates, SFace, 120 people."""

PROBE_COSINES = (0.5, 0.8)
"""Cosine of a probe to its driver's template, drawn evenly."""

_FACE_COSINES = (0.70, 0.93)  # of a face to its person: two faces then share 0.67, as measured
_SHARED = 0.14  # of a person's squared length
_DECAY = 80.0  # axes over which the variance falls to its e-th part
_PEOPLE_A_DRAW = 10_000


class FaceCloud:
    """A world of people; the same seed gives the same ones.

    Args:
        seed: Decides everything.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        random = np.random.default_rng(seed)
        self._axes, _ = np.linalg.qr(random.standard_normal((DIMENSION, DIMENSION)))
        variance = np.exp(-np.arange(DIMENSION) / _DECAY)
        self._scale = np.sqrt((1.0 - _SHARED) * variance / variance.sum())
        self._shared = np.sqrt(_SHARED) * self._axes[:, -1]

    def people(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        """``(count, D)`` points of unit length, one a person."""
        return _unit(self._shared + self._own(count, random))

    def faces(self, size: int) -> Iterator[Floats]:
        """The faces of a gallery's drivers, ``(P, FACES, D)`` at a time, in order."""
        for first in range(0, size, _PEOPLE_A_DRAW):
            count = min(_PEOPLE_A_DRAW, size - first)
            random = np.random.default_rng([self._seed, first])
            person = np.repeat(self.people(count, random), FACES, axis=0)
            cosine = random.uniform(*_FACE_COSINES, (len(person), 1))
            faces = _turned(person, self._own(len(person), random), cosine)
            yield faces.astype(np.float32).reshape(count, FACES, DIMENSION)

    def probes(self, templates: Floats, random: np.random.Generator) -> Floats:
        """One ``(N, D)`` probe for each ``(N, D)`` template: its driver under other conditions."""
        cosine = random.uniform(*PROBE_COSINES, (len(templates), 1))
        aside = self._own(len(templates), random)
        return _turned(templates.astype(np.float64), aside, cosine).astype(np.float32)

    def _own(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        """What sets faces apart, ``(count, D)``."""
        own: NDArray[np.float64] = random.standard_normal((count, DIMENSION)) * self._scale
        along: NDArray[np.float64] = own @ self._axes.T
        return along


def template_of(faces: Floats) -> Floats:
    """``(P, D)`` templates of ``(P, F, D)`` faces: the mean direction, as the gallery's."""
    return _unit(faces.sum(axis=1, dtype=np.float64)).astype(np.float32)


def write_templates(cloud: FaceCloud, size: int, target: Path) -> None:
    """Write a gallery's templates to a file of float32, row by row."""
    with target.open("wb") as file, tqdm(total=size, desc="inventing faces", leave=False) as bar:
        for faces in cloud.faces(size):
            file.write(template_of(faces).tobytes())
            bar.update(len(faces))


def read_templates(source: Path) -> Iterator[Floats]:
    """What ``write_templates`` wrote, ``(P, D)`` at a time, so that no copy stays in memory."""
    with source.open("rb") as file:
        while len(rows := np.fromfile(file, np.float32, _PEOPLE_A_DRAW * DIMENSION)):
            yield rows.reshape(-1, DIMENSION)


def _turned(
    vectors: NDArray[np.float64], aside: NDArray[np.float64], cosine: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Unit vectors turned to a cosine with what they were, each towards another vector."""
    across = _unit(aside - (aside * vectors).sum(axis=1, keepdims=True) * vectors)
    return _unit(cosine * vectors + np.sqrt(1.0 - cosine**2) * across)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
