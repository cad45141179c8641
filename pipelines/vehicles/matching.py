"""A read plate held against the known vehicles, as of everything committed before.

The plates are kept in memory: a table of likelihoods over all of them is no query that a database
could narrow down without losing the right one. They follow the log of the vehicles, so that every
process answers alike.
"""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from pipelines.plate_matching.confusions import shipped_confusions
from pipelines.plate_matching.decision import decide
from pipelines.plate_matching.known_plates import KnownPlates
from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles import rows
from pipelines.vehicles.changes import VehicleChange
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.schema import vehicle_changes, vehicles

_MOST_NEWS: Final = 1000
"""Changes from which all plates are read anew."""

_OF_PLATES: Final = frozenset({VehicleChange.CREATED, VehicleChange.UPDATED, VehicleChange.ERASED})
_LINE: Final = (
    vehicle_changes.c.sequence,
    vehicle_changes.c.at,
    vehicle_changes.c.kind,
    vehicle_changes.c.vehicle_id,
)


class VehicleMatcher:
    """Known plates in memory, as new as the database. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: tuple[int, datetime] | None = None
        self._plates: dict[int, str] = {}
        self._countries: dict[int, str | None] = {}
        self._known: KnownPlates | None = None

    def match(self, connection: Connection, seen: SeenPlate, least: float) -> VehicleMatch:
        """Hold a reading against all vehicles.

        Args:
            connection: Sees one state of the database.
            seen: The reading.
            least: Probability from which the likeliest vehicle is taken.
        """
        with self._lock:
            known, countries = self._as_of(connection), self._countries
            match = decide(seen, known, countries, least)
        if match.plate_id is None:
            return VehicleMatch(match, None)
        return VehicleMatch(match, rows.get(connection, match.plate_id))

    def _as_of(self, connection: Connection) -> KnownPlates:
        news = self._news(connection)
        if news is None or len(news) > _MOST_NEWS:
            self._read(connection, None)
            newest = select(*_LINE).order_by(vehicle_changes.c.sequence.desc()).limit(1)
            last = connection.execute(newest).first()
            self._last = (last.sequence, last.at) if last else None
        elif news:
            self._read(connection, [one.vehicle_id for one in news if one.kind in _OF_PLATES])
            self._last = (news[-1].sequence, news[-1].at)
        if self._known is None:
            self._known = KnownPlates(self._plates, shipped_confusions())
        return self._known

    def _news(self, connection: Connection) -> Sequence[Row[*tuple[Any, ...]]] | None:
        """The log after the last change that is known; None where that one is not in it.

        A database that was set back to a backup comes to the same numbers at other times.
        """
        if self._last is None:
            return None
        sequence, at = self._last
        log = select(*_LINE).where(vehicle_changes.c.sequence >= sequence)
        news = connection.execute(log.order_by(vehicle_changes.c.sequence)).all()
        return news[1:] if news and (news[0].sequence, news[0].at) == (sequence, at) else None

    def _read(self, connection: Connection, ids: list[int] | None) -> None:
        """Read the plates of some vehicles, or of all."""
        query = select(vehicles.c.vehicle_id, vehicles.c.plate, vehicles.c.country)
        if ids is None:
            self._plates, self._countries = {}, {}
        else:
            if not ids:
                return
            query = query.where(vehicles.c.vehicle_id.in_(ids))
            for vehicle_id in ids:
                self._plates.pop(vehicle_id, None)
                self._countries.pop(vehicle_id, None)
        for vehicle_id, plate, country in connection.execute(query):
            self._plates[vehicle_id] = plate
            self._countries[vehicle_id] = country or None
        self._known = None
