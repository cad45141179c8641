"""Rows of the vehicles, inside a transaction of the store."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    InvalidRequest,
    PlateTaken,
    VehicleNotFound,
    VersionMismatch,
)
from pipelines.gallery.driver_records import storable
from pipelines.gallery.schema import END_OF_IDS, drivers
from pipelines.gallery.search_text import ESCAPE, containing, folded
from pipelines.vehicles.records import (
    VehicleChanges,
    VehicleDetails,
    VehicleFilter,
    VehicleList,
    VehiclePage,
    VehicleRecord,
    fitting,
    normal_plate,
)
from pipelines.vehicles.schema import ANY_COUNTRY, vehicle_drivers, vehicles

_LONGEST_QUERY: Final = 2000

_Found = tuple[Any, ...]


def get(connection: Connection, vehicle_id: int, version: int | None = None) -> VehicleRecord:
    """One vehicle.

    Raises:
        VehicleNotFound: There is no such vehicle.
        VersionMismatch: It has another version than the one given.
    """
    possible = 0 < vehicle_id < END_OF_IDS
    query = select(vehicles).where(vehicles.c.vehicle_id == vehicle_id)
    found = _records(connection, query) if possible else ()
    if not found:
        raise VehicleNotFound(f"there is no vehicle {vehicle_id}")
    if version is not None and found[0].version != version:
        raise VersionMismatch(
            f"vehicle {vehicle_id} has changed since version {version}",
            {"version": found[0].version},
        )
    return found[0]


def page(connection: Connection, span: tuple[int, int], wanted: VehicleFilter) -> VehiclePage:
    """Vehicles whose ids follow ``span[0]``, at most ``span[1]`` of them, in the order of ids."""
    after, limit = span
    texts = (wanted.query, wanted.plate, wanted.external_id)
    if not all(map(storable, texts)) or len(wanted.query or "") > _LONGEST_QUERY:
        return VehiclePage((), None)  # no text that is kept holds such a one
    query = select(vehicles).order_by(vehicles.c.vehicle_id).limit(limit + 1)
    query = query.where(vehicles.c.vehicle_id > min(after, END_OF_IDS - 1))
    if wanted.query:
        parts = []
        if folded(wanted.query):
            parts.append(vehicles.c.search_text.like(containing(wanted.query), escape=ESCAPE))
        plate = _plate_in(wanted.query)
        if plate:
            parts.append(vehicles.c.plate.like(f"%{plate}%"))
        if not parts:
            return VehiclePage((), None)  # accents alone: that every text has them is no answer
        query = query.where(or_(*parts))
    if wanted.plate is not None:
        query = query.where(vehicles.c.plate == wanted.plate)
    if wanted.list is not None:
        query = query.where(vehicles.c.list == wanted.list.value)
    if wanted.external_id is not None:
        query = query.where(vehicles.c.external_id == wanted.external_id)
    if wanted.driver_id is not None:
        driver_id = min(wanted.driver_id, END_OF_IDS - 1)
        named = select(vehicle_drivers.c.vehicle_id).where(vehicle_drivers.c.driver_id == driver_id)
        query = query.where(vehicles.c.vehicle_id.in_(named))
    records = _records(connection, query)
    some = records[:limit]
    return VehiclePage(some, some[-1].vehicle_id if len(records) > limit else None)


def count(connection: Connection) -> int:
    """Vehicles, whether they count now or not."""
    return connection.execute(select(func.count()).select_from(vehicles)).scalar_one()


def _plate_in(query: str) -> str:
    try:
        return normal_plate(query)
    except InvalidRequest:
        return ""  # no plate that is kept holds such a letter


def create(connection: Connection, details: VehicleDetails, now: datetime) -> int:
    """Write a new vehicle and return its id.

    Raises:
        DriverNotFound: A driver that it names is not enrolled.
        ExternalIdTaken: Another vehicle has this external id.
        InvalidRequest: The details cannot be stored.
        PlateTaken: Another vehicle bears this plate.
    """
    columns = _columns(connection, details, None)
    columns |= {"version": 1, "created_at": now, "updated_at": now}
    created = insert(vehicles).values(columns).returning(vehicles.c.vehicle_id)
    vehicle_id = int(connection.execute(created).scalar_one())
    _link(connection, vehicle_id, details.driver_ids)
    return vehicle_id


def change(
    connection: Connection, record: VehicleRecord, changes: VehicleChanges, now: datetime
) -> None:
    """Replace details; the version rises. Raises as ``create`` does."""
    details = replace(record.details, **changes)
    columns = _columns(connection, details, record.vehicle_id)
    columns |= {"version": vehicles.c.version + 1, "updated_at": now}
    this = vehicles.c.vehicle_id == record.vehicle_id
    connection.execute(update(vehicles).where(this).values(columns))
    if details.driver_ids != record.details.driver_ids:
        named = vehicle_drivers.c.vehicle_id == record.vehicle_id
        connection.execute(delete(vehicle_drivers).where(named))
        _link(connection, record.vehicle_id, details.driver_ids)


def remove(connection: Connection, vehicle_id: int) -> None:
    """Delete a vehicle with its links to drivers."""
    connection.execute(delete(vehicles).where(vehicles.c.vehicle_id == vehicle_id))


def _link(connection: Connection, vehicle_id: int, driver_ids: Sequence[int] | None) -> None:
    if not driver_ids:
        return
    if not all(0 < driver_id < END_OF_IDS for driver_id in driver_ids):
        raise DriverNotFound("driver_ids: ids are whole numbers from 1")
    there = select(drivers.c.driver_id).where(drivers.c.driver_id.in_(driver_ids))
    missing = sorted(set(driver_ids) - set(connection.execute(there).scalars()))
    if missing:
        raise DriverNotFound(
            f"driver_ids: there is no driver {missing[0]}", {"driver_ids": missing}
        )
    rows = [{"vehicle_id": vehicle_id, "driver_id": one} for one in dict.fromkeys(driver_ids)]
    connection.execute(insert(vehicle_drivers), rows)


def one_plate(country: str | None, other: str | None) -> bool:
    """Whether one text is one plate in two countries: where neither is known it stands for all."""
    return country == other or not (country and other)


def columns_of(details: VehicleDetails) -> dict[str, Any]:
    """The columns of what is said of a vehicle, all but its drivers.

    Raises:
        InvalidRequest: The details cannot be stored.
    """
    fitting(details)
    return {
        "plate": details.plate,
        "country": details.country or ANY_COUNTRY,
        "list": details.list.value,
        "any_driver": details.driver_ids is None,
        "notes": details.notes,
        "external_id": details.external_id,
        "valid_from": details.valid_from,
        "valid_until": details.valid_until,
        "search_text": folded("\n".join(filter(None, (details.plate, details.external_id)))),
    }


def _columns(
    connection: Connection, details: VehicleDetails, vehicle_id: int | None
) -> dict[str, Any]:
    columns = columns_of(details)
    bearers = select(vehicles.c.vehicle_id, vehicles.c.country).where(
        vehicles.c.plate == details.plate
    )
    for bearer, other in connection.execute(bearers):
        if bearer != vehicle_id and one_plate(details.country, other):
            raise PlateTaken(
                f"vehicle {bearer} bears the plate {details.plate} already",
                {"vehicle_id": bearer},
            )
    if details.external_id is not None:
        holder = select(vehicles.c.vehicle_id).where(vehicles.c.external_id == details.external_id)
        if connection.execute(holder).scalar() not in {None, vehicle_id}:
            raise ExternalIdTaken(
                f'another vehicle has the external id "{details.external_id}"',
                {"external_id": details.external_id},
            )
    return columns


def _records(connection: Connection, query: Select[*_Found]) -> tuple[VehicleRecord, ...]:
    rows = connection.execute(query).all()
    ids = [row.vehicle_id for row in rows if not row.any_driver]
    named: defaultdict[int, list[int]] = defaultdict(list)
    if ids:
        links = select(vehicle_drivers).where(vehicle_drivers.c.vehicle_id.in_(ids))
        for vehicle_id, driver_id in connection.execute(
            links.order_by(vehicle_drivers.c.vehicle_id, vehicle_drivers.c.driver_id)
        ):
            named[vehicle_id].append(driver_id)
    return tuple(_record(row, tuple(named[row.vehicle_id])) for row in rows)


def _record(row: Row[*_Found], driver_ids: tuple[int, ...]) -> VehicleRecord:
    return VehicleRecord(
        vehicle_id=row.vehicle_id,
        details=VehicleDetails(
            plate=row.plate,
            country=row.country or None,
            list=VehicleList(row.list),
            driver_ids=None if row.any_driver else driver_ids,
            notes=row.notes,
            external_id=row.external_id,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
