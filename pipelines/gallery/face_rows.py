"""Faces and their vectors, inside a transaction of the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, insert, select, update

from pipelines.errors import FaceNotFound, LastFace
from pipelines.gallery.housekeeping import note_removals
from pipelines.gallery.quality import quality_score
from pipelines.gallery.records import EnrolledFace, StoredFace
from pipelines.gallery.schema import END_OF_IDS, embeddings, faces
from pipelines.gallery.templates import TemplateSums
from pipelines.types import FaceQuality

_IDS_A_QUERY = 1000

QUALITY = (
    faces.c.size_px,
    faces.c.sharpness,
    faces.c.brightness,
    faces.c.yaw,
    faces.c.pitch,
    faces.c.roll,
)
"""Columns of a ``FaceQuality``, in the order of its fields."""


def vectors(model_id: str) -> Select[int, bytes]:
    """``(driver_id, vector)`` rows of one model, a driver's in the order of face ids."""
    return (
        select(faces.c.driver_id, embeddings.c.vector)
        .join_from(faces, embeddings, embeddings.c.face_id == faces.c.face_id)
        .where(embeddings.c.model_id == model_id)
    )


def vectors_by_face(model_id: str, driver_id: int) -> Select[int, bytes]:
    """``(face_id, vector)`` rows of one driver and one model, in the order of face ids."""
    return (
        select(faces.c.face_id, embeddings.c.vector)
        .join_from(faces, embeddings, embeddings.c.face_id == faces.c.face_id)
        .where(embeddings.c.model_id == model_id, faces.c.driver_id == driver_id)
        .order_by(faces.c.face_id)
    )


def add_vectors_of(connection: Connection, sums: TemplateSums, driver_ids: Sequence[int]) -> None:
    """Add up the vectors of some drivers."""
    for start in range(0, len(driver_ids), _IDS_A_QUERY):
        some = faces.c.driver_id.in_(driver_ids[start : start + _IDS_A_QUERY])
        query = vectors(sums.model_id).where(some).order_by(faces.c.driver_id, faces.c.face_id)
        sums.add(connection.execute(query).all())


def write_faces(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write faces and return their ids, in order."""
    if not rows:
        return []
    written = insert(faces).returning(faces.c.face_id, sort_by_parameter_order=True)
    return list(connection.execute(written, rows).scalars())


def write_vectors(connection: Connection, rows: Sequence[tuple[int, str, bytes]]) -> None:
    """Write ``(face_id, model_id, vector)`` rows."""
    if rows:
        keys = ("face_id", "model_id", "vector")
        connection.execute(insert(embeddings), [dict(zip(keys, row, strict=True)) for row in rows])


def enrol(
    connection: Connection,
    driver_id: int,
    enrolled: Sequence[tuple[EnrolledFace, bytes]],
    now: datetime,
) -> None:
    """Write faces with their stored vectors."""
    ids = write_faces(
        connection,
        [
            quality_columns(face.score, face.quality)
            | {
                "driver_id": driver_id,
                "crop_key": face.crop_key,
                "created_at": now,
                "aligned_png": face.aligned_png,
            }
            for face, _ in enrolled
        ],
    )
    pairs = zip(ids, enrolled, strict=True)
    write_vectors(connection, [(face_id, face.model_id, v) for face_id, (face, v) in pairs])


def quality_columns(score: float, quality: FaceQuality) -> dict[str, Any]:
    """The columns that say how good a face is."""
    return {
        "score": score,
        "size_px": quality.size_px,
        "sharpness": quality.sharpness,
        "brightness": quality.brightness,
        "yaw": quality.yaw,
        "pitch": quality.pitch,
        "roll": quality.roll,
        "quality_score": quality_score(score, quality),
    }


def of_driver(connection: Connection, driver_id: int, model_id: str) -> tuple[StoredFace, ...]:
    """The driver's faces, the best to look at first."""
    searchable = (
        select(embeddings.c.face_id)
        .where(embeddings.c.face_id == faces.c.face_id, embeddings.c.model_id == model_id)
        .exists()
    )
    query = (
        select(
            faces.c.face_id,
            faces.c.crop_key,
            faces.c.score,
            faces.c.quality_score,
            faces.c.created_at,
            searchable.label("searchable"),
            *QUALITY,
        )
        .where(faces.c.driver_id == driver_id)
        .order_by(faces.c.quality_score.desc(), faces.c.face_id)
    )
    return tuple(
        StoredFace(
            face_id=row.face_id,
            driver_id=driver_id,
            crop_key=row.crop_key,
            score=row.score,
            quality_score=row.quality_score,
            quality=FaceQuality(*row[-len(QUALITY) :]),
            searchable=bool(row.searchable),
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    )


def queue_crops(connection: Connection, driver_id: int) -> tuple[str, ...]:
    """Note the crops of all faces of a driver for removal, and return their keys."""
    of_them = select(faces.c.crop_key).where(faces.c.driver_id == driver_id, faces.c.crop_key != "")
    keys = tuple(connection.execute(of_them.order_by(faces.c.face_id)).scalars())
    note_removals(connection, keys)
    return keys


def remove(connection: Connection, driver_id: int, face_id: int, model_id: str) -> None:
    """Delete one face and note its crop for removal.

    Raises:
        FaceNotFound: The driver has no such face.
        LastFace: The driver has no other one, or no other one that the model can compare.
    """
    theirs = select(faces.c.face_id).where(faces.c.driver_id == driver_id).limit(2)
    comparable = vectors_by_face(model_id, driver_id).with_only_columns(faces.c.face_id).limit(2)
    for some, last, without in (
        (theirs, f"the last one of driver {driver_id}", "any"),
        (comparable, f"the last one of driver {driver_id} that {model_id} can compare", "it"),
    ):
        if connection.execute(some).scalars().all() == [face_id]:
            raise LastFace(
                f"face {face_id} is {last}, who could not be recognised without {without}: erase "
                "the driver, or add another photo first",
                {"driver_id": driver_id, "face_id": face_id},
            )
    one = and_(faces.c.face_id == face_id, faces.c.driver_id == driver_id)
    removed = delete(faces).where(one).returning(faces.c.crop_key)
    known = 0 < face_id < END_OF_IDS
    keys = connection.execute(removed).scalars().all() if known else []
    if not keys:
        raise FaceNotFound(f"driver {driver_id} has no face {face_id}")
    note_removals(connection, tuple(key for key in keys if key))


def move(connection: Connection, driver_id: int, to: int) -> None:
    """Give all faces of a driver to another."""
    connection.execute(update(faces).where(faces.c.driver_id == driver_id).values(driver_id=to))
