"""Faces that a registration must not bring in, found inside its own transaction.

Whoever enrols a face searches the gallery first: is it another driver's? Between the answer and the
row other registrations are committed, and of many that bring one person at once each finds nobody.
Therefore a registration says up to which change its search was exact. The write transaction, beside
which there is no other, compares the faces with those drivers alone whose faces changed after it:
as a rule with none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from pipelines.errors import AlreadyEnrolled
from pipelines.gallery import face_rows
from pipelines.gallery.change_log import NO_DRIVER
from pipelines.gallery.records import RESHAPING
from pipelines.gallery.schema import changes
from pipelines.gallery.templates import TemplateSums, mean_direction
from pipelines.types import Vector


@dataclass(frozen=True, slots=True)
class Judged:
    """How faces were judged, so that they can be judged again by what was committed since.

    Attributes:
        twin_from: Cosine from which a face is another driver's; None takes twins.
        sequence: Last change that the search for twins includes.
        near: Other drivers whom a face reached that cosine with, though it is likest to its own.
    """

    twin_from: float | None = None
    sequence: int = 0
    near: tuple[int, ...] = ()


def refuse_twins(
    connection: Connection,
    sums: TemplateSums,
    faces: Sequence[Vector],
    driver_id: int | None,
    judged: Judged,
) -> None:
    """Refuse faces that another registration has brought in since they were judged.

    Args:
        connection: In a transaction that shuts other writers out.
        sums: Empty, of the model that made the faces.
        faces: ``(D,)`` float32 of unit L2 norm each.
        driver_id: A known driver, whose photos are judged one by one; None for a new one, who is
            judged by the mean of the faces.
        judged: How they were judged before.

    Raises:
        AlreadyEnrolled: A face is likest to another driver, and close enough to that one.
    """
    if judged.twin_from is None:
        return
    rivals = _reshaped_since(connection, judged.sequence) | {*judged.near}
    if not rivals - {driver_id}:
        return
    compared = rivals if driver_id is None else rivals | {driver_id}
    face_rows.add_vectors_of(connection, sums, sorted(compared))
    ids, templates = sums.finish()
    if not len(ids):
        return
    probes = np.stack([mean_direction(faces)] if driver_id is None else faces)
    for cosines in probes @ templates.T:
        likest = int(cosines.argmax())
        found, similarity = int(ids[likest]), min(1.0, float(cosines[likest]))
        if found != driver_id and similarity >= judged.twin_from:
            raise AlreadyEnrolled(
                twin_message(found, similarity, judged.twin_from),
                {"driver_id": found, "similarity": similarity, "threshold": judged.twin_from},
            )


def twin_message(driver_id: int, similarity: float, limit: float) -> str:
    """Says that a face is another driver's."""
    return (
        f"the face is that of driver {driver_id}, with a similarity of {similarity:.2f}, under "
        f"{limit:.2f} is needed: add it to driver {driver_id}"
    )


def _reshaped_since(connection: Connection, sequence: int) -> set[int]:
    """Drivers whose faces changed after a change."""
    news = select(changes.c.driver_id).where(
        changes.c.sequence > sequence, changes.c.kind.in_([kind.value for kind in RESHAPING])
    )
    return {*connection.execute(news).scalars()} - {NO_DRIVER}
