"""The log of the vehicles, and what a driver's end does to them, inside a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from pipelines.errors import IdempotencyKeyReused
from pipelines.vehicles.schema import vehicle_changes, vehicle_drivers, vehicles


class VehicleChange(StrEnum):
    """What a line of the log says about a vehicle."""

    CREATED = "created"
    UPDATED = "updated"
    ERASED = "erased"
    DRIVER_GONE = "driver_gone"
    DRIVER_MERGED = "driver_merged"


@dataclass(frozen=True, slots=True)
class CreationToken:
    """What makes a creation happen once.

    Attributes:
        name: At most 32 characters; no two creations share one.
        fingerprint: Digest of the request, at most 64 characters.
    """

    name: str
    fingerprint: str | None = None


def log(connection: Connection, kind: VehicleChange, vehicle_ids: Sequence[int]) -> None:
    """Write a line for each vehicle."""
    _write(connection, kind, [(vehicle_id, None) for vehicle_id in vehicle_ids])


def log_created(connection: Connection, made: Sequence[tuple[int, CreationToken]]) -> None:
    """Write a line for each new vehicle, with the token that it was made with."""
    _write(connection, VehicleChange.CREATED, made)


def _write(
    connection: Connection,
    kind: VehicleChange,
    made: Sequence[tuple[int, CreationToken | None]],
) -> None:
    now = datetime.now(UTC)
    rows = [
        {
            "kind": kind.value,
            "vehicle_id": vehicle_id,
            "at": now,
            "token": token.name if token else None,
            "fingerprint": token.fingerprint if token else None,
        }
        for vehicle_id, token in made
    ]
    if rows:
        connection.execute(insert(vehicle_changes), rows)


def made_with(connection: Connection, token: CreationToken) -> int | None:
    """The vehicle that a token created before, erased or not; None for a new token.

    Raises:
        IdempotencyKeyReused: The token came with another request.
    """
    row = connection.execute(
        select(vehicle_changes).where(vehicle_changes.c.token == token.name)
    ).first()
    if row is None:
        return None
    if row.fingerprint != token.fingerprint:
        raise IdempotencyKeyReused("this idempotency key came with another request")
    return int(row.vehicle_id)


def forget_driver(connection: Connection, driver_id: int) -> None:
    """Take a driver who is being erased off every vehicle."""
    _count_up(connection, _vehicles_of(connection, driver_id), VehicleChange.DRIVER_GONE)
    connection.execute(delete(vehicle_drivers).where(vehicle_drivers.c.driver_id == driver_id))


def move_driver(connection: Connection, driver_id: int, to: int) -> None:
    """Name one driver in the place of another who is the same person."""
    named = _vehicles_of(connection, driver_id)
    already = set(_vehicles_of(connection, to))
    _count_up(connection, named, VehicleChange.DRIVER_MERGED)
    connection.execute(delete(vehicle_drivers).where(vehicle_drivers.c.driver_id == driver_id))
    rows = [{"vehicle_id": one, "driver_id": to} for one in named if one not in already]
    if rows:
        connection.execute(insert(vehicle_drivers), rows)


def _vehicles_of(connection: Connection, driver_id: int) -> list[int]:
    query = select(vehicle_drivers.c.vehicle_id).where(vehicle_drivers.c.driver_id == driver_id)
    return list(connection.execute(query.order_by(vehicle_drivers.c.vehicle_id)).scalars())


def _count_up(connection: Connection, vehicle_ids: Sequence[int], kind: VehicleChange) -> None:
    if vehicle_ids:
        values = {"version": vehicles.c.version + 1, "updated_at": datetime.now(UTC)}
        these = vehicles.c.vehicle_id.in_(vehicle_ids)
        connection.execute(update(vehicles).where(these).values(values))
        log(connection, kind, vehicle_ids)
