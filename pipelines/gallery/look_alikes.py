"""Faces that a registration must not bring in, found inside its own transaction.

Whoever enrols a face searches the gallery first: is it another driver's? Between the answer and the
row other registrations are committed, and of many that bring one person at once each finds nobody.
Therefore a registration says up to which change its search was exact. The write transaction, beside
which there is no other, compares the faces with those drivers alone whose faces changed after it:
as a rule with none.

Likewise a photo that the driver has already: whoever sends it again, because an answer was lost,
may do so while the first request is still being written.
"""

from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import Connection, select

from pipelines.errors import AlreadyEnrolled, NotSamePerson
from pipelines.gallery import face_rows
from pipelines.gallery.change_log import NO_DRIVER
from pipelines.gallery.judged import SAME_PHOTO, Judged, Likeness, twin_facts, twin_message
from pipelines.gallery.records import RESHAPING
from pipelines.gallery.schema import changes
from pipelines.gallery.templates import TemplateSums, cosines, mean_direction
from pipelines.limits import rounded, worded
from pipelines.types import Vector


def likeness(
    connection: Connection,
    new_sums: Callable[[], TemplateSums],
    driver_id: int,
    faces: Sequence[Vector],
) -> Likeness:
    """Hold faces against a driver.

    Args:
        connection: Sees one state of the database throughout.
        new_sums: Makes empty ones, of the model that made the faces.
        driver_id: The driver.
        faces: ``(D,)`` float32 of unit L2 norm each.
    """
    by_driver, by_face = new_sums(), new_sums()
    query = face_rows.vectors_by_face(by_face.model_id, driver_id)
    stored = connection.execute(query).all()
    by_driver.add([(driver_id, vector) for _, vector in stored])
    _, templates = by_driver.finish()
    template = templates[0] if len(templates) else None
    if template is None or not faces:
        return Likeness(template, (None,) * len(faces))
    by_face.add(stored)
    face_ids, own = by_face.finish()
    alike = [own @ face >= SAME_PHOTO for face in faces]
    same = (int(face_ids[one.argmax()]) if one.any() else None for one in alike)
    return Likeness(template, tuple(same))


def refuse(
    connection: Connection,
    new_sums: Callable[[], TemplateSums],
    faces: Sequence[Vector],
    driver_id: int | None,
    judged: Judged,
) -> None:
    """Refuse faces that other registrations have brought in since they were judged.

    Args:
        connection: In a transaction that shuts other writers out.
        new_sums: Makes empty ones, of the model that made the faces.
        faces: ``(D,)`` float32 of unit L2 norm each.
        driver_id: A known driver, whose photos are judged one by one; None for a new one, who is
            judged by the mean of the faces.
        judged: How they were judged before.

    Raises:
        AlreadyEnrolled: A face is likest to another driver, and close enough to that one; or the
            driver has a photo already.
    """
    if driver_id is not None:
        same_photo = likeness(connection, new_sums, driver_id, faces).same_photo
        if any(face_id is not None for face_id in same_photo):
            raise AlreadyEnrolled(f"driver {driver_id} has a photo of these already")
    _refuse_twins(connection, new_sums(), faces, driver_id, judged)


def refuse_merge(
    connection: Connection, sums: TemplateSums, driver_ids: tuple[int, int], least: float
) -> None:
    """Refuse to make one driver of two whose faces are not alike.

    Args:
        connection: In the transaction that merges them.
        sums: Empty ones, of the running model.
        driver_ids: Both drivers; who stays comes first.
        least: Cosine of their templates from which they are one person.

    Raises:
        NotSamePerson: They are not alike, or one of them has no face of the running model.
    """
    face_rows.add_vectors_of(connection, sums, driver_ids)
    ids, templates = sums.finish()
    bare = sorted(set(driver_ids) - set(ids.tolist()))
    if bare:
        raise NotSamePerson(
            f"driver {bare[0]} has no face of the running model, so nothing tells whether both are "
            "one person",
            {"driver_id": bare[0]},
        )
    similarity = float(cosines(templates[:1], templates[None, 1:])[0, 0])
    if similarity < least:
        said, bound = worded(similarity, least, 2)
        raise NotSamePerson(
            f"drivers {driver_ids[0]} and {driver_ids[1]} do not look like one person, with a "
            f"similarity of {said}, at least {bound} is needed",
            {"similarity": rounded(similarity), "threshold": rounded(least)},
        )


def _refuse_twins(
    connection: Connection,
    sums: TemplateSums,
    faces: Sequence[Vector],
    driver_id: int | None,
    judged: Judged,
) -> None:
    limit = judged.twin_from
    if limit is None:
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
    for probe in probes:
        (compared,) = cosines(probe[None], templates[None])
        likest = int(compared.argmax())  # of equals the smallest id, as in the search
        found, similarity = int(ids[likest]), float(compared[likest])
        if found != driver_id and similarity >= limit:
            raise AlreadyEnrolled(
                twin_message(found, similarity, limit),
                twin_facts(found, similarity, limit),
            )


def _reshaped_since(connection: Connection, sequence: int) -> set[int]:
    """Drivers whose faces changed after a change."""
    news = select(changes.c.driver_id).where(
        changes.c.sequence > sequence, changes.c.kind.in_([kind.value for kind in RESHAPING])
    )
    return {*connection.execute(news).scalars()} - {NO_DRIVER}
