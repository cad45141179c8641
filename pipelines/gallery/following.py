"""What an index needs to follow the store, inside a read transaction of one state."""

import numpy as np
from sqlalchemy import ColumnElement, Connection, select, true

from pipelines.gallery import change_log, face_rows
from pipelines.gallery.records import REMOVING, ChangeKind, GalleryUpdate, Head
from pipelines.gallery.schema import changes, faces
from pipelines.gallery.templates import TemplateSums

_ROWS_A_FETCH = 5000
_DRIVER_BY_DRIVER = (faces.c.driver_id, faces.c.face_id)


def update_since(
    connection: Connection,
    sums: TemplateSums,
    known: Head | None,
    shard: int,
    shards: int,
) -> GalleryUpdate:
    """What changed after a change.

    Args:
        connection: Sees one state of the database throughout.
        sums: Empty, of the model whose vectors are wanted.
        known: Last change known to the caller; None, or one that is not in this database's log,
            gives the whole shard.
        shard: Only drivers whose id leaves this rest...
        shards: ...when it is divided by this.
    """
    head = change_log.head(connection)
    if known is None or not change_log.holds(connection, known):
        return _everything(connection, sums, head, shard, shards)
    news = (
        select(changes.c.driver_id, changes.c.kind, changes.c.detail)
        .where(changes.c.sequence > known.sequence)
        .distinct()
    )
    erased = False
    touched: set[int] = set()
    for driver_id, kind, detail in connection.execute(news):
        if kind == ChangeKind.MODEL_DROPPED and detail == sums.model_id:
            return _everything(connection, sums, head, shard, shards)
        if driver_id != change_log.NO_DRIVER and driver_id % shards == shard:
            touched.add(driver_id)
            erased = erased or kind in REMOVING
    ids = sorted(touched)
    face_rows.add_vectors_of(connection, sums, ids)
    return GalleryUpdate(head, False, erased, np.array(ids, dtype=np.int64), *sums.finish())


def _everything(
    connection: Connection, sums: TemplateSums, head: Head, shard: int, shards: int
) -> GalleryUpdate:
    here: ColumnElement[bool] = true() if shards == 1 else faces.c.driver_id % shards == shard
    streamed = connection.execution_options(yield_per=_ROWS_A_FETCH)
    # What each database reads off its indexes, without sorting gigabytes of vectors first.
    order = _DRIVER_BY_DRIVER if connection.dialect.name == "sqlite" else (faces.c.face_id,)
    query = face_rows.vectors(sums.model_id).where(here).order_by(*order)
    for chunk in streamed.execute(query).partitions():
        sums.add(chunk)
    driver_ids, templates = sums.finish()
    return GalleryUpdate(head, True, True, driver_ids, driver_ids, templates)
