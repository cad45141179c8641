"""Drivers on their way to another gallery and from one, inside a transaction of the store."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from itertools import groupby
from math import isfinite

from sqlalchemy import Connection, null, select

from pipelines.errors import InvalidRequest
from pipelines.gallery import change_log, driver_rows, face_rows, model_vectors
from pipelines.gallery.change_log import Line, Token
from pipelines.gallery.driver_records import (
    ExportedDriver,
    ExportedFace,
    check_moment,
    fitting,
    storable,
)
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.schema import changes, embeddings, faces
from pipelines.gallery.vectors import decoded, encoded
from pipelines.types import FaceQuality, Vector

_MAX_MODEL_ID = 200

StoredVectors = dict[str, bytes]
"""Model id -> stored form of a face's vector."""


def export(
    connection: Connection, model_id: str, span: tuple[int, int], pictures: bool
) -> tuple[ExportedDriver, ...]:
    """Drivers whose ids follow ``span[0]``, at most ``span[1]`` of them, with all their faces.

    Args:
        connection: Sees one state of the database throughout.
        model_id: The running model; vectors of every model are exported.
        span: See above.
        pictures: Whether the aligned faces go with them.
    """
    records = driver_rows.page(connection, model_id, span, None, None).drivers
    if not records:
        return ()
    some = faces.c.driver_id.between(records[0].driver_id, records[-1].driver_id)
    vectors: dict[int, dict[str, Vector]] = {}
    stored = (
        select(embeddings.c.face_id, embeddings.c.model_id, embeddings.c.vector)
        .join(faces, faces.c.face_id == embeddings.c.face_id)
        .where(some)
        .order_by(embeddings.c.face_id, embeddings.c.model_id)
    )
    for row in connection.execute(stored):
        vectors.setdefault(row.face_id, {})[row.model_id] = decoded(row.vector)
    picture = faces.c.aligned_png if pictures else null().label("aligned_png")
    query = (
        select(
            faces.c.driver_id,
            faces.c.face_id,
            faces.c.score,
            faces.c.created_at,
            picture,
            *face_rows.QUALITY,
        )
        .where(some)
        .order_by(faces.c.driver_id, faces.c.face_id)
    )
    found: dict[int, tuple[ExportedFace, ...]] = {
        driver_id: tuple(
            ExportedFace(
                vectors=vectors.get(row.face_id, {}),
                score=row.score,
                quality=FaceQuality(*row[-len(face_rows.QUALITY) :]),
                created_at=row.created_at,
                aligned_png=row.aligned_png,
            )
            for row in rows
        )
        for driver_id, rows in groupby(connection.execute(query), lambda row: row.driver_id)
    }
    return tuple(
        ExportedDriver(one.driver_id, one.details, one.created_at, found.get(one.driver_id, ()))
        for one in records
    )


class Arrival:
    """Drivers that have come from another gallery, checked and ready to be written.

    Args:
        drivers: In the order of the ids that they will get.
        model_id: The running model.
        dimension: Length of its vectors.

    Raises:
        InvalidRequest: Something in them cannot be stored.
    """

    def __init__(self, drivers: Sequence[ExportedDriver], model_id: str, dimension: int) -> None:
        self._drivers = drivers
        self._vectors: list[list[StoredVectors]] = []
        self._model_id = model_id
        self._lengths = {model_id: dimension}
        for driver in drivers:
            with_place = f"driver {driver.driver_id} of the import"
            try:
                _check(driver)
                self._vectors.append(
                    [_stored_vectors(face, self._lengths) for face in driver.faces]
                )
            except (InvalidRequest, ValueError) as error:
                raise InvalidRequest(f"{with_place}: {error}") from error

    def fingerprint(self) -> str:
        """Digest of everything that is written, the same for the same drivers."""
        digest = hashlib.sha256()
        for driver, vectors in zip(self._drivers, self._vectors, strict=True):
            digest.update(repr((driver.driver_id, driver.details, driver.created_at)).encode())
            for face, stored in zip(driver.faces, vectors, strict=True):
                said = (face.score, astuple(face.quality), face.created_at, sorted(stored.items()))
                digest.update(repr(said).encode())
                digest.update(hashlib.sha256(face.aligned_png or b"").digest())
        return digest.hexdigest()

    def write(self, connection: Connection, token: str) -> tuple[int, ...]:
        """Write the drivers under new ids, once; their ages stay.

        Raises:
            ExternalIdTaken: Another driver has one of the external ids.
            IdempotencyKeyReused: The token came with other drivers.
            InvalidRequest: Vectors have another length than those that the gallery has of a model.
            Unavailable: The token was withdrawn.
        """
        once = Token(token, self.fingerprint())
        before = change_log.made_with(connection, once)
        if before is not None:
            return _drivers_of(connection, before.sequence, len(self._drivers))
        others = {name: of for name, of in self._lengths.items() if name != self._model_id}
        fit_lengths(others, model_vectors.lengths(connection, others))
        now = datetime.now(UTC)
        ids = tuple(
            driver_rows.create(connection, one.details, one.created_at, now)
            for one in self._drivers
        )
        face_ids = face_rows.write_faces(
            connection,
            [
                face_rows.quality_columns(face.score, face.quality)
                | {
                    "driver_id": driver_id,
                    "crop_key": "",
                    "created_at": face.created_at,
                    "aligned_png": face.aligned_png,
                }
                for driver_id, driver in zip(ids, self._drivers, strict=True)
                for face in driver.faces
            ],
        )
        stored = (one for of_driver in self._vectors for one in of_driver)
        face_rows.write_vectors(
            connection,
            [
                (face_id, model_id, vector)
                for face_id, vectors in zip(face_ids, stored, strict=True)
                for model_id, vector in vectors.items()
            ],
        )
        lines = [Line(ChangeKind.DRIVER_IMPORTED, driver_id) for driver_id in ids]
        change_log.log(connection, lines, once)
        return ids


def fit_lengths(lengths: Mapping[str, int], stored: Mapping[str, int]) -> None:
    """Refuse vectors of models that a gallery has vectors of another length of.

    Args:
        lengths: Of the new vectors, by model id.
        stored: Of the gallery's; models that it has none of may be left out.

    Raises:
        InvalidRequest: They differ.
    """
    for model_id, length in lengths.items():
        if stored.get(model_id, length) != length:
            raise InvalidRequest(
                f"the vectors of {model_id} have length {length}, but those in this gallery have "
                f"length {stored[model_id]}"
            )


def _drivers_of(connection: Connection, first: int, count: int) -> tuple[int, ...]:
    lines = select(changes.c.driver_id).where(changes.c.sequence.between(first, first + count - 1))
    return tuple(connection.execute(lines.order_by(changes.c.sequence)).scalars())


def _check(driver: ExportedDriver) -> None:
    fitting(driver.details)
    for moment in (driver.created_at, *(face.created_at for face in driver.faces)):
        check_moment("created_at", moment)
    for face in driver.faces:
        if not _all_finite((face.score, *astuple(face.quality))):
            raise InvalidRequest("the measures of a face must be finite numbers")


def _all_finite(numbers: Iterable[float]) -> bool:
    return all(isfinite(number) for number in numbers)


def _stored_vectors(face: ExportedFace, lengths: dict[str, int]) -> StoredVectors:
    """Checks the vectors against those of the same model before, and notes a model's first."""
    stored: StoredVectors = {}
    for name, vector in face.vectors.items():
        if not 0 < len(name) <= _MAX_MODEL_ID or not storable(name):
            raise InvalidRequest(f"a model id has 1 to {_MAX_MODEL_ID} characters")
        stored[name] = encoded(vector, lengths.setdefault(name, vector.size))
    return stored
