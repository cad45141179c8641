"""The pictures of one person's face, and the one face that they make together."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from configs.camera_settings import TrackSettings
from pipelines.cameras.frames import Frame
from pipelines.cameras.likeness import same_face
from pipelines.gallery.quality import quality_score
from pipelines.types import Face, Vector

_BEST: Final = 5
"""Of so many faces the mean is taken: on LFW, a mean of three already beats the best of three."""

_TELLS: Final = 0.05
"""Quality from which a face tells one person from another."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenPerson:
    """What the pictures of a person say together.

    Attributes:
        face: The best face, with the mean embedding of the best ones.
        at: When the best picture was taken.
        pictures: On how many pictures the face was found.
    """

    face: Face
    at: datetime
    pictures: int


class FaceVotes:
    """Keeps the best faces of one person.

    Args:
        settings: When it is enough, and how many pictures it needs.
    """

    def __init__(self, settings: TrackSettings) -> None:
        self._settings = settings
        self._pictures = 0
        self._best: list[tuple[float, Face, datetime]] = []
        self.decided = False

    def add(self, face: Face, frame: Frame) -> None:
        """Count the face of one picture; those of another model than the first are left out."""
        if self._best and face.model_id != self._best[0][1].model_id:
            return
        self._pictures += 1
        self._best.append((quality_score(face.score, face.quality), face, frame.at))
        self._best.sort(key=lambda one: -one[0])
        del self._best[_BEST:]

    def alike(self, face: Face) -> float | None:
        """How sure it is that a face is this person's; None where that cannot be said."""
        if not self._best or face.model_id != self._best[0][1].model_id:
            return None
        if min(self._best[0][0], quality_score(face.score, face.quality)) < _TELLS:
            return None
        return same_face(self._mean(), face.embedding)

    @property
    def enough(self) -> bool:
        """Whether more pictures would hardly say anything else."""
        return self._pictures >= self._settings.enough_pictures

    def outcome(self) -> SeenPerson | None:
        """What the faces say; None where there are too few."""
        if self._pictures < self._settings.least_pictures or not self._best:
            return None
        _, face, at = self._best[0]
        return SeenPerson(replace(face, embedding=self._mean()), at, self._pictures)

    def _mean(self) -> Vector:
        whole = np.sum([face.embedding for _, face, _ in self._best], axis=0)
        return np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-9), np.float32)
