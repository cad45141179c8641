"""Vehicles that come from another gallery, inside a transaction of the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, or_, select

from pipelines.errors import ExternalIdTaken, PlateTaken
from pipelines.gallery import change_log as gallery_log
from pipelines.gallery.schema import drivers
from pipelines.vehicles import changes as change_log
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle, Fate
from pipelines.vehicles.changes import CreationToken
from pipelines.vehicles.records import VehicleDetails
from pipelines.vehicles.rows import columns_of, one_plate
from pipelines.vehicles.schema import vehicle_changes, vehicle_drivers, vehicles

_IDS_A_QUERY: Final = 10_000

_Rows = Sequence[Row[*tuple[Any, ...]]]


def foresee(connection: Connection, arriving: Sequence[ArrivingVehicle]) -> tuple[Arrival, ...]:
    """What would become of each, in order.

    Args:
        connection: Sees one state of the database throughout.
        arriving: At most some hundred, of which no two are alike.
    """
    made = _made(connection, [one.token for one in arriving])
    others = _others(connection, [one.details for one in arriving])
    return tuple(
        made.get(one.token) or _in_the_way(one.details, others) or Arrival(Fate.ADDED, None)
        for one in arriving
    )


def bring_in(
    connection: Connection, arriving: Sequence[ArrivingVehicle], keep_known: bool
) -> tuple[Arrival, ...]:
    """Write those that are to be added; their ages stay.

    Raises:
        ExternalIdTaken: Another vehicle has one of the external ids, unless ``keep_known``.
        InvalidRequest: The details of one cannot be stored.
        PlateTaken: Another vehicle bears one of the plates, unless ``keep_known``.
    """
    foreseen = foresee(connection, arriving)
    if not keep_known:
        for one, arrival in zip(arriving, foreseen, strict=True):
            _refuse_taken(one.details, arrival)
    new = [
        one for one, arrival in zip(arriving, foreseen, strict=True) if arrival.fate is Fate.ADDED
    ]
    ids = iter(_write(connection, new))
    return tuple(
        replace(one, vehicle_id=next(ids)) if one.fate is Fate.ADDED else one for one in foreseen
    )


def _made(connection: Connection, tokens: Sequence[str]) -> dict[str, Arrival]:
    """What earlier calls created, by their tokens."""
    query = (
        select(vehicle_changes.c.token, vehicle_changes.c.vehicle_id, vehicles.c.vehicle_id)
        .select_from(vehicle_changes)
        .outerjoin(vehicles, vehicles.c.vehicle_id == vehicle_changes.c.vehicle_id)
        .where(vehicle_changes.c.token.in_(tokens))
    )
    return {
        token: Arrival(Fate.ERASED_SINCE if there is None else Fate.CAME_BEFORE, vehicle_id)
        for token, vehicle_id, there in connection.execute(query)
    }


def _others(connection: Connection, arriving: Iterable[VehicleDetails]) -> _Rows:
    """Vehicles that share a plate's text or an external id with one that arrives."""
    details = list(arriving)
    columns = (vehicles.c.vehicle_id, vehicles.c.plate, vehicles.c.country, vehicles.c.external_id)
    alike = or_(
        vehicles.c.plate.in_([one.plate for one in details]),
        vehicles.c.external_id.in_([one.external_id for one in details if one.external_id]),
    )
    return connection.execute(select(*columns).where(alike).order_by(columns[0])).all()


def _in_the_way(details: VehicleDetails, others: _Rows) -> Arrival | None:
    for other in others:
        if other.plate == details.plate and one_plate(details.country, other.country):
            return Arrival(Fate.PLATE_TAKEN, other.vehicle_id)
    for other in others:
        if details.external_id is not None and other.external_id == details.external_id:
            return Arrival(Fate.EXTERNAL_ID_TAKEN, other.vehicle_id)
    return None


def _refuse_taken(details: VehicleDetails, arrival: Arrival) -> None:
    if arrival.fate is Fate.PLATE_TAKEN:
        raise PlateTaken(
            f"vehicle {arrival.vehicle_id} bears the plate {details.plate} already",
            {"vehicle_id": arrival.vehicle_id},
        )
    if arrival.fate is Fate.EXTERNAL_ID_TAKEN:
        raise ExternalIdTaken(
            f'another vehicle has the external id "{details.external_id}"',
            {"external_id": details.external_id},
        )


def _write(connection: Connection, new: Sequence[ArrivingVehicle]) -> list[int]:
    if not new:
        return []
    counted = {"version": 1, "updated_at": datetime.now(UTC)}
    rows: list[Mapping[str, Any]] = [
        columns_of(one.details) | counted | {"created_at": one.created_at} for one in new
    ]
    written = insert(vehicles).returning(vehicles.c.vehicle_id, sort_by_parameter_order=True)
    ids = list(connection.execute(written, rows).scalars())
    named = {driver_id for one in new for driver_id in one.details.driver_ids or ()}
    present = _present(connection, named)
    links = [
        {"vehicle_id": vehicle_id, "driver_id": driver_id}
        for vehicle_id, one in zip(ids, new, strict=True)
        for driver_id in sorted(
            {present[named] for named in one.details.driver_ids or () if named in present}
        )
    ]
    if links:
        connection.execute(insert(vehicle_drivers), links)
    tokens = (CreationToken(one.token) for one in new)
    change_log.log_created(connection, list(zip(ids, tokens, strict=True)))
    return ids


def _present(connection: Connection, driver_ids: set[int]) -> dict[int, int]:
    """What some drivers are called now: those who were merged as the one who stayed."""
    there = _there(connection, driver_ids)
    merged = gallery_log.merged_into(connection, driver_ids - there)
    there |= _there(connection, merged.values())
    called = {one: merged.get(one, one) for one in driver_ids}
    return {one: now for one, now in called.items() if now in there}


def _there(connection: Connection, driver_ids: Iterable[int]) -> set[int]:
    """Those of some drivers who are enrolled."""
    ids = sorted(driver_ids)
    found: set[int] = set()
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = drivers.c.driver_id.in_(ids[start : start + _IDS_A_QUERY])
        found |= set(connection.execute(select(drivers.c.driver_id).where(some)).scalars())
    return found
