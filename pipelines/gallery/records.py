"""What goes into the gallery's store and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Face, FaceQuality, Vector


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledFace:
    """One face of a registration, about 25 KB.

    Attributes:
        embedding: ``(D,)`` float32 of unit L2 norm.
        model_id: What made the embedding.
        score: Detector confidence, [0, 1].
        quality: How usable the face is.
        crop_key: Path of the stored display crop, ``static/images/faces/..._face.jpg``.
        aligned_png: PNG of the 112 x 112 BGR face that the embedding was computed from. It lives
            in the database and not among the crops: it is written and erased in the driver's own
            transaction, it is never served, and another model can embed it again.
    """

    embedding: Vector
    model_id: str
    score: float
    quality: FaceQuality
    crop_key: str
    aligned_png: bytes

    @classmethod
    def of(cls, face: Face, crop_key: str) -> "EnrolledFace":
        """Keep of a found face what the gallery stores; the PNG takes a few milliseconds.

        Raises:
            ValueError: The aligned face is no picture.
        """
        encoded, png = cv2.imencode(".png", face.aligned)
        if not encoded:
            raise ValueError(f"an aligned face of shape {face.aligned.shape} has no PNG")
        return cls(
            embedding=face.embedding,
            model_id=face.model_id,
            score=face.score,
            quality=face.quality,
            crop_key=crop_key,
            aligned_png=png.tobytes(),
        )


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face as the store keeps it, without its vector and picture."""

    face_id: int
    driver_id: int
    model_id: str
    crop_key: str
    score: float
    quality_score: float
    created_at: datetime


class ChangeKind(StrEnum):
    """What a line of the change log says about a driver."""

    DRIVER_REGISTERED = "driver_registered"
    FACES_ADDED = "faces_added"
    DRIVER_ERASED = "driver_erased"
    REGISTRATION_WITHDRAWN = "registration_withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log; sequence numbers rise by one in the order of commits.

    ``driver_id`` is 0 for a withdrawn registration, which has no driver.
    """

    sequence: int
    kind: ChangeKind
    driver_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The last committed change: its number, and the token that no other change has.

    A database that was set back to a backup comes to the same numbers again, but under other
    tokens.
    """

    sequence: int
    token: str


@dataclass(frozen=True, slots=True, eq=False)
class GalleryUpdate:
    """What brings an index up to the store's state at ``head``.

    Attributes:
        head: The change that this state includes as its last.
        complete: True when the update holds the whole gallery and replaces what was there.
        touched: ``(M,)`` int64 drivers that changed; those without a template are gone.
        driver_ids: ``(N,)`` int64 drivers with a template, none twice.
        templates: ``(N, D)`` float32 of unit L2 norm, one row a driver.
    """

    head: Head
    complete: bool
    touched: NDArray[np.int64]
    driver_ids: NDArray[np.int64]
    templates: NDArray[np.float32]
