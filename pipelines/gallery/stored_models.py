"""Which face models a gallery has vectors of, and which faces lack them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, select

from pipelines.gallery.schema import embeddings, faces
from pipelines.gallery.store import GalleryStore

_PICTURED = faces.c.aligned_png.is_not(None)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model's share of a gallery.

    Attributes:
        model_id: What made the vectors.
        faces: Faces with a vector of it.
        missing: Faces without one, but with a picture to make it from.
        lost: Faces with neither: the model will never find them.
    """

    model_id: str
    faces: int
    missing: int
    lost: int


@dataclass(frozen=True, slots=True)
class FaceName:
    """A stored face and whose it is."""

    face_id: int
    driver_id: int

    def __str__(self) -> str:
        return f"face {self.face_id} of driver {self.driver_id}"


def stored_models(store: GalleryStore, *named: str) -> tuple[StoredModel, ...]:
    """Every model that the gallery has vectors of, and the named ones, in the order of ids.

    Raises:
        GalleryUnavailable: The database cannot be read.
    """
    by_model = select(embeddings.c.model_id, func.count()).group_by(embeddings.c.model_id)
    pictured = by_model.join(faces, faces.c.face_id == embeddings.c.face_id).where(_PICTURED)
    of_picture = select(_PICTURED, func.count()).group_by(_PICTURED)
    with store.seeing_one_state() as connection:
        vectors = {row[0]: row[1] for row in connection.execute(by_model)}
        seen = {row[0]: row[1] for row in connection.execute(pictured)}
        totals = {bool(row[0]): row[1] for row in connection.execute(of_picture)}
    return tuple(
        StoredModel(
            model_id,
            faces=vectors.get(model_id, 0),
            missing=totals.get(True, 0) - seen.get(model_id, 0),
            lost=totals.get(False, 0) - (vectors.get(model_id, 0) - seen.get(model_id, 0)),
        )
        for model_id in sorted({*vectors, *named})
    )


def lost_faces(store: GalleryStore, model_id: str, limit: int) -> tuple[FaceName, ...]:
    """Faces with neither a vector of a model nor a picture to make it from, in the order of ids.

    Raises:
        GalleryUnavailable: The database cannot be read.
    """
    query = select(faces.c.face_id, faces.c.driver_id).where(~_PICTURED, ~_has(model_id))
    return _named(store, query.limit(limit))


def faces_of_only(store: GalleryStore, model_id: str, limit: int) -> tuple[FaceName, ...]:
    """Faces with a vector of this model and of no other, in the order of ids.

    Raises:
        GalleryUnavailable: The database cannot be read.
    """
    other = exists().where(
        embeddings.c.face_id == faces.c.face_id, embeddings.c.model_id != model_id
    )
    query = select(faces.c.face_id, faces.c.driver_id).where(_has(model_id), ~other)
    return _named(store, query.limit(limit))


def named_faces(store: GalleryStore, face_ids: Sequence[int]) -> tuple[FaceName, ...]:
    """Those of some faces that are there, in the order of ids; at most some hundreds.

    Raises:
        GalleryUnavailable: The database cannot be read.
    """
    query = select(faces.c.face_id, faces.c.driver_id)
    return _named(store, query.where(faces.c.face_id.in_(face_ids)))


def _has(model_id: str) -> ColumnElement[bool]:
    of_face = embeddings.c.face_id == faces.c.face_id
    return exists().where(of_face, embeddings.c.model_id == model_id)


def _named(store: GalleryStore, query: Select[int, int]) -> tuple[FaceName, ...]:
    with store.reading() as connection:
        rows = connection.execute(query.order_by(faces.c.face_id))
        return tuple(FaceName(row.face_id, row.driver_id) for row in rows)
