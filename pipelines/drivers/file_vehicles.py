"""The vehicles of a gallery file, each held against what the file says before it."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from pipelines.drivers.distinct_vehicles import MOST_VEHICLES, DistinctVehicles
from pipelines.drivers.gallery_file import VehicleLine
from pipelines.errors import InvalidRequest
from pipelines.gallery.driver_records import check_moment
from pipelines.vehicles.arrival import ExportedVehicle
from pipelines.vehicles.records import VehicleDetails, fitting


class RisingIds:
    """Ids that rise, eight bytes each."""

    def __init__(self) -> None:
        self._ids = array("q")

    def add(self, one: int) -> bool:
        """Whether it is larger than all before it; it is only kept then."""
        rises = not self._ids or one > self._ids[-1]
        if rises:
            self._ids.append(one)
        return rises

    def place(self, one: int) -> int | None:
        """The place of an id; None where it is not among them."""
        place = bisect_left(self._ids, one)
        return place if place < len(self._ids) and self._ids[place] == one else None


class FileVehicles:
    """What is known of a file while it is read from its beginning."""

    def __init__(self) -> None:
        self._drivers = RisingIds()
        self._ids = RisingIds()
        self._distinct = DistinctVehicles()

    @property
    def count(self) -> int:
        """How many vehicles there are so far."""
        return self._distinct.count

    def add_driver(self, driver_id: int) -> None:
        """Note a driver whom vehicles may name.

        Raises:
            InvalidRequest: The ids of drivers do not rise.
        """
        if not self._drivers.add(driver_id):
            raise InvalidRequest(f"driver {driver_id} of the file comes after one of a higher id")

    def add(self, line: VehicleLine) -> None:
        """Check a vehicle.

        Raises:
            InvalidRequest: It cannot be stored, contradicts another one, or names a driver who is
                not in the file.
        """
        try:
            self._add(line)
        except InvalidRequest as error:
            raise InvalidRequest(f"vehicle {line.id} of the file: {error}") from error

    def _add(self, line: VehicleLine) -> None:
        vehicle = exported(line)
        details = vehicle.details
        fitting(details)
        check_moment("created_at", vehicle.created_at)
        if not self._ids.add(line.id):
            raise InvalidRequest("it comes after one of a higher id")
        if self.count == MOST_VEHICLES:
            raise InvalidRequest(f"the file has more than {MOST_VEHICLES} vehicles")
        missing = self._missing(details.driver_ids or ())
        if missing is not None:
            raise InvalidRequest(f"it names driver {missing}, who is not in the file")
        shared = self._distinct.add(details)
        if shared is not None:
            raise InvalidRequest(f"another one of the file {shared}")

    def _missing(self, driver_ids: Iterable[int]) -> int | None:
        return next((one for one in driver_ids if self._drivers.place(one) is None), None)


def exported(line: VehicleLine) -> ExportedVehicle:
    """A vehicle as its line says it is."""
    named = line.driver_ids
    details = VehicleDetails(
        plate=line.plate,
        country=line.country,
        list=line.list,
        driver_ids=None if named is None else tuple(sorted(set(named))),
        notes=line.notes,
        external_id=line.external_id,
        valid_from=line.valid_from,
        valid_until=line.valid_until,
    )
    return ExportedVehicle(line.id, details, line.created_at)
