"""Vectors of other models than the running one, inside a transaction of the store."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select

from pipelines.gallery import change_log, face_rows
from pipelines.gallery.change_log import Line
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.schema import END_OF_IDS, embeddings, faces
from pipelines.gallery.vectors import VECTOR_DTYPE

_IDS_A_QUERY = 1000
_DROPPED_AT_ONCE = 10_000


def unembedded(
    connection: Connection, model_id: str, limit: int, after: int
) -> tuple[tuple[int, bytes], ...]:
    """``(face_id, aligned PNG)`` of faces that lack a vector of a model, in the order of ids."""
    has_one = select(embeddings.c.face_id).where(
        embeddings.c.face_id == faces.c.face_id, embeddings.c.model_id == model_id
    )
    query = (
        select(faces.c.face_id, faces.c.aligned_png)
        .where(
            faces.c.face_id > min(after, END_OF_IDS - 1),
            ~has_one.exists(),
            faces.c.aligned_png.is_not(None),
        )
        .order_by(faces.c.face_id)
        .limit(limit)
    )
    return tuple((row.face_id, row.aligned_png) for row in connection.execute(query))


def lengths(connection: Connection, model_ids: Iterable[str]) -> dict[str, int]:
    """Length of the stored vectors of some models; those without any are left out.

    The newest vector of each tells, as all of one model are alike. For a model without vectors, the
    index of all faces is read.
    """
    found: dict[str, int] = {}
    for model_id in model_ids:
        newest = (
            select(func.length(embeddings.c.vector))
            .where(embeddings.c.model_id == model_id)
            .order_by(embeddings.c.face_id.desc())
            .limit(1)
        )
        size = connection.execute(newest).scalar()
        if size is not None:
            found[model_id] = size // VECTOR_DTYPE.itemsize
    return found


def add(connection: Connection, model_id: str, vectors: Mapping[int, bytes]) -> int:
    """Write vectors of faces that are there and have none of this model, and log their drivers."""
    ids = sorted(face_id for face_id in vectors if 0 < face_id < END_OF_IDS)
    owners: dict[int, int] = {}
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = ids[start : start + _IDS_A_QUERY]
        has_one = select(embeddings.c.face_id).where(
            embeddings.c.face_id == faces.c.face_id, embeddings.c.model_id == model_id
        )
        query = select(faces.c.face_id, faces.c.driver_id).where(
            faces.c.face_id.in_(some), ~has_one.exists()
        )
        owners |= {row.face_id: row.driver_id for row in connection.execute(query)}
    rows = [(face_id, model_id, vectors[face_id]) for face_id in sorted(owners)]
    face_rows.write_vectors(connection, rows)
    touched = sorted(set(owners.values()))
    change_log.log(
        connection, [Line(ChangeKind.FACES_EMBEDDED, driver, model_id) for driver in touched]
    )
    return len(owners)


def drop_some(connection: Connection, model_id: str, after: int) -> tuple[int, int]:
    """Delete a model's vectors of some faces after an id.

    Returns:
        How many, and the id to go on after; 0 of them once none is left.
    """
    of_model = embeddings.c.model_id == model_id
    some = (
        select(embeddings.c.face_id)
        .where(of_model, embeddings.c.face_id > after)
        .order_by(embeddings.c.face_id)
        .limit(_DROPPED_AT_ONCE)
    )
    ids = connection.execute(some).scalars().all()
    if not ids:
        return 0, after
    there = embeddings.c.face_id.between(ids[0], ids[-1])
    connection.execute(delete(embeddings).where(of_model, there))
    change_log.log(connection, [Line(ChangeKind.MODEL_DROPPED, detail=model_id)])
    return len(ids), ids[-1]
