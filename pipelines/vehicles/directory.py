"""The vehicles as people look after them: one method, one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pipelines.gallery.transactions import Transactions
from pipelines.gallery.whole_gallery import span_of
from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles import changes as change_log
from pipelines.vehicles import rows, transfer
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle
from pipelines.vehicles.book import ALL_VEHICLES
from pipelines.vehicles.changes import CreationToken, VehicleChange
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.matching import VehicleMatcher
from pipelines.vehicles.records import (
    VehicleChanges,
    VehicleDetails,
    VehicleFilter,
    VehiclePage,
    VehicleRecord,
)


class VehicleDirectory:
    """Reads and changes of the vehicles in the gallery's database. Thread-safe.

    Every method may raise GalleryUnavailable, and one that names a vehicle VehicleNotFound.
    ``version``, where it is not None, must be the vehicle's present one: VersionMismatch otherwise.

    Args:
        store: Of a migrated database.
    """

    def __init__(self, store: Transactions) -> None:
        self._store = store
        self._matcher = VehicleMatcher()

    def create(
        self, details: VehicleDetails, token: str, fingerprint: str | None = None
    ) -> tuple[VehicleRecord, bool]:
        """Write a new vehicle, once a token.

        Args:
            details: What is said of it.
            token: Names this creation, at most 32 characters.
            fingerprint: Digest of the request: a token that came with another one is refused.

        Returns:
            The vehicle as it is now, and whether an earlier call had created it.

        Raises:
            DriverNotFound: A driver that it names is not enrolled.
            ExternalIdTaken: Another vehicle has this external id.
            IdempotencyKeyReused: The token came with another fingerprint.
            InvalidRequest: The details cannot be stored.
            PlateTaken: Another vehicle bears this plate.
            VehicleNotFound: An earlier call had created it, and it was erased since.
        """
        once = CreationToken(token, fingerprint)
        with self._store.writing() as connection:
            before = change_log.made_with(connection, once)
            if before is not None:
                return rows.get(connection, before), True
            vehicle_id = rows.create(connection, details, datetime.now(UTC))
            change_log.log_created(connection, [(vehicle_id, once)])
            return rows.get(connection, vehicle_id), False

    def get(self, vehicle_id: int) -> VehicleRecord:
        """One vehicle."""
        with self._store.seeing_one_state() as connection:
            return rows.get(connection, vehicle_id)

    def page(
        self, after: int = 0, limit: int = 100, wanted: VehicleFilter = ALL_VEHICLES
    ) -> VehiclePage:
        """Vehicles in the order of their ids; none is skipped or named twice.

        Args:
            after: The last id of the page before.
            limit: Most vehicles, 1 to 10,000.
            wanted: Which.

        Raises:
            ValueError: ``limit`` is out of bounds.
        """
        span = span_of(after, limit)
        with self._store.seeing_one_state() as connection:
            return rows.page(connection, span, wanted)

    def count(self) -> int:
        """How many there are."""
        with self._store.reading() as connection:
            return rows.count(connection)

    def match(self, seen: SeenPlate, least: float) -> VehicleMatch:
        """Which vehicle bears a plate that was read, reading errors and all.

        Args:
            seen: The reading.
            least: Probability from which the likeliest vehicle is taken, above 0.5.
        """
        with self._store.seeing_one_state() as connection:
            return self._matcher.match(connection, seen, least)

    def update(
        self, vehicle_id: int, changes: VehicleChanges, version: int | None = None
    ) -> VehicleRecord:
        """Replace details; raises also as ``create`` does."""
        with self._store.writing() as connection:
            record = rows.get(connection, vehicle_id, version)
            rows.change(connection, record, changes, datetime.now(UTC))
            change_log.log(connection, VehicleChange.UPDATED, [vehicle_id])
            return rows.get(connection, vehicle_id)

    def erase(self, vehicle_id: int, version: int | None = None) -> None:
        """Delete a vehicle; its number stays in the log, its plate nowhere."""
        with self._store.writing() as connection:
            rows.get(connection, vehicle_id, version)
            rows.remove(connection, vehicle_id)
            change_log.log(connection, VehicleChange.ERASED, [vehicle_id])
        self._store.scrub()

    def foresee(self, arriving: Sequence[ArrivingVehicle]) -> tuple[Arrival, ...]:
        """What would become of vehicles of another gallery, each for itself and in order."""
        with self._store.seeing_one_state() as connection:
            return transfer.foresee(connection, arriving)

    def bring_in(
        self, arriving: Sequence[ArrivingVehicle], keep_known: bool = False
    ) -> tuple[Arrival, ...]:
        """Write vehicles of another gallery under new ids: all or nothing, each once a token.

        Args:
            arriving: Of which no two are alike.
            keep_known: Leave those out whose plate or external id another vehicle has already.

        Raises:
            ExternalIdTaken: Another vehicle has one of the external ids.
            InvalidRequest: The details of one cannot be stored.
            PlateTaken: Another vehicle bears one of the plates.
        """
        with self._store.writing() as connection:
            return transfer.bring_in(connection, arriving, keep_known)
