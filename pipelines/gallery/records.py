"""What goes into the gallery's store and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Face, FaceQuality, Picture, Vector

FACE_MODEL_CHANGING = "the face model is being changed"


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledFace:
    """One face of a registration, about 25 KB.

    Attributes:
        embedding: ``(D,)`` float32 of unit L2 norm.
        model_id: What made the embedding.
        score: Detector confidence, [0, 1].
        quality: How usable the face is.
        crop_key: Path of the stored display crop, ``static/images/faces/..._face.jpg``; "" where
            no picture is kept.
        aligned_png: PNG of the 112 x 112 BGR face that the embedding was computed from. It lives
            in the database and not among the crops: it is written and erased in the driver's own
            transaction, it is never served, and another model can embed it again. None where no
            picture is to be kept.
    """

    embedding: Vector
    model_id: str
    score: float
    quality: FaceQuality
    crop_key: str
    aligned_png: bytes | None

    @classmethod
    def of(cls, face: Face, crop_key: str, keep_picture: bool = True) -> "EnrolledFace":
        """Keep of a found face what the gallery stores; the PNG takes a few milliseconds.

        Args:
            face: The found face.
            crop_key: Path of its display crop, "" without one.
            keep_picture: False stores no aligned face, only its vector.

        Raises:
            ValueError: The aligned face is no picture.
        """
        return cls(
            embedding=face.embedding,
            model_id=face.model_id,
            score=face.score,
            quality=face.quality,
            crop_key=crop_key,
            aligned_png=_png(face.aligned) if keep_picture else None,
        )


def _png(aligned: Picture) -> bytes:
    encoded, png = cv2.imencode(".png", aligned)
    if not encoded:
        raise ValueError(f"an aligned face of shape {aligned.shape} has no PNG")
    return png.tobytes()


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face as the store keeps it, without its vectors and picture.

    Attributes:
        crop_key: As in ``EnrolledFace``.
        score: Detector confidence, [0, 1].
        quality_score: Rank among the driver's faces, [0, 1], higher is better.
        searchable: Whether the running model has a vector of it.
    """

    face_id: int
    driver_id: int
    crop_key: str
    score: float
    quality_score: float
    quality: FaceQuality
    searchable: bool
    created_at: datetime


class ChangeKind(StrEnum):
    """What a line of the change log says about a driver."""

    DRIVER_REGISTERED = "driver_registered"
    DRIVER_IMPORTED = "driver_imported"
    DRIVER_UPDATED = "driver_updated"
    DRIVERS_MERGED = "drivers_merged"
    DRIVER_ERASED = "driver_erased"
    FACES_ADDED = "faces_added"
    FACE_REMOVED = "face_removed"
    FACES_EMBEDDED = "faces_embedded"
    MODEL_DROPPED = "model_dropped"
    REGISTRATION_WITHDRAWN = "registration_withdrawn"


REMOVING = frozenset({ChangeKind.DRIVER_ERASED, ChangeKind.FACE_REMOVED, ChangeKind.MODEL_DROPPED})
"""Changes after which a copy of the gallery holds vectors that it must not hold any more."""

RESHAPING = frozenset(
    {
        ChangeKind.DRIVER_REGISTERED,
        ChangeKind.DRIVER_IMPORTED,
        ChangeKind.DRIVERS_MERGED,
        ChangeKind.FACES_ADDED,
        ChangeKind.FACE_REMOVED,
        ChangeKind.FACES_EMBEDDED,
    }
)
"""Changes after which a driver resembles other faces than before."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log; sequence numbers rise by one in the order of commits.

    Attributes:
        driver_id: 0 for what belongs to no driver: a withdrawn registration, a dropped model.
        detail: What else there is to say, without a person's data; for instance "retention".
    """

    sequence: int
    kind: ChangeKind
    driver_id: int
    at: datetime
    detail: str | None = None


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
        complete: True when the update holds the whole gallery (of the shard that was asked for)
            and replaces what was there.
        erased: Whether a driver or face was removed since the known change, so that what was kept
            of that state must be thrown away; True for a complete update.
        touched: ``(M,)`` int64 drivers that changed; those without a template are gone.
        driver_ids: ``(N,)`` int64 drivers with a template, rising.
        templates: ``(N, D)`` float32 of unit L2 norm, one row a driver.
    """

    head: Head
    complete: bool
    erased: bool
    touched: NDArray[np.int64]
    driver_ids: NDArray[np.int64]
    templates: NDArray[np.float32]
