"""What the database holds after a run, and the order in which it says that it came about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from configs.settings import GallerySettings
from pipelines.gallery.database import open_engine
from pipelines.types import Vector
from tests.serve.operations import Record

_DRIVERS = """
    SELECT drivers.driver_id, count(faces.face_id), drivers.version, drivers.name
    FROM drivers LEFT JOIN faces ON faces.driver_id = drivers.driver_id
    GROUP BY drivers.driver_id, drivers.version, drivers.name
"""
_VECTORS = """
    SELECT faces.driver_id, embeddings.vector
    FROM embeddings JOIN faces ON faces.face_id = embeddings.face_id
"""
_STRAYS = {
    "face rows without a driver": """
        SELECT count(*) FROM faces WHERE driver_id NOT IN (SELECT driver_id FROM drivers)""",
    "vectors without a face": """
        SELECT count(*) FROM embeddings WHERE face_id NOT IN (SELECT face_id FROM faces)""",
    "faces without a vector": """
        SELECT count(*) FROM faces WHERE face_id NOT IN (SELECT face_id FROM embeddings)""",
    "crops still to be removed": "SELECT count(*) FROM crop_removals",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the change log."""

    sequence: int
    kind: str
    driver_id: int
    token: str


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The database at one moment.

    Attributes:
        drivers: By id, as ``GET /v1/drivers/{id}`` would show them.
        vectors: Driver id -> ``(N, D)`` float32, one row a face.
        crop_keys: Of the faces.
        log: The change log in order.
        strays: Rows that should not be there, by kind.
    """

    drivers: Mapping[int, Record]
    vectors: Mapping[int, np.ndarray[tuple[int, int], np.dtype[np.float32]]]
    crop_keys: frozenset[str]
    log: tuple[Line, ...]
    strays: Mapping[str, int]


def read_rows(database_url: str) -> Rows:
    """Read everything that the checks look at, in one transaction."""
    engine = open_engine(GallerySettings(database_url=database_url))
    vectors: dict[int, list[Vector]] = defaultdict(list)
    with engine.connect() as connection:
        drivers = {
            int(driver_id): Record(int(count), int(version), name)
            for driver_id, count, version, name in connection.execute(sa.text(_DRIVERS))
        }
        for driver_id, vector in connection.execute(sa.text(_VECTORS)):
            vectors[int(driver_id)].append(np.frombuffer(bytes(vector), "<f4"))
        crop_keys = frozenset(connection.execute(sa.text("SELECT crop_key FROM faces")).scalars())
        query = "SELECT sequence, kind, driver_id, token FROM changes ORDER BY sequence"
        log = tuple(Line(*row) for row in connection.execute(sa.text(query)))
        strays = {
            kind: int(connection.execute(sa.text(query)).scalar_one())
            for kind, query in _STRAYS.items()
        }
    engine.dispose()
    stacked = {driver_id: np.stack(rows) for driver_id, rows in vectors.items()}
    return Rows(drivers, stacked, crop_keys, log, strays)


def gaps(log: Iterable[Line]) -> list[str]:
    """Sequence numbers that are missing from a log, or tokens that come twice."""
    lines = list(log)
    wrong = [
        f"line {line.sequence} stands where {number} is due"
        for number, line in enumerate(lines, 1)
        if line.sequence != number
    ]
    tokens = {line.token for line in lines}
    return wrong + (
        [f"{len(lines) - len(tokens)} tokens twice"] if len(tokens) < len(lines) else []
    )
