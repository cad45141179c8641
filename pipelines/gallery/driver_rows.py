"""Rows of the drivers, inside a transaction of the store."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from pipelines.errors import DriverNotFound, ExternalIdTaken, VersionMismatch
from pipelines.gallery.driver_records import (
    DetailChanges,
    DriverDetails,
    DriverPage,
    DriverRecord,
    fitting,
    storable,
)
from pipelines.gallery.schema import END_OF_IDS, drivers, embeddings, faces
from pipelines.gallery.search_text import ESCAPE, containing, folded

_LONGEST_QUERY = 2000


def require(connection: Connection, driver_id: int) -> None:
    """Raise DriverNotFound where there is no such driver."""
    found = select(drivers.c.driver_id).where(drivers.c.driver_id == driver_id)
    if not _possible(driver_id) or connection.execute(found).first() is None:
        raise DriverNotFound("user not found")


def get(
    connection: Connection, driver_id: int, model_id: str, version: int | None = None
) -> DriverRecord:
    """One driver.

    Raises:
        DriverNotFound: There is no such driver.
        VersionMismatch: It has another version than the one given.
    """
    query = _records(model_id).where(drivers.c.driver_id == driver_id)
    row = connection.execute(query).first() if _possible(driver_id) else None
    if row is None:
        raise DriverNotFound("user not found")
    record = _record(row)
    if version is not None and record.version != version:
        raise VersionMismatch(
            f"driver {driver_id} has changed since version {version}", {"version": record.version}
        )
    return record


def page(
    connection: Connection,
    model_id: str,
    span: tuple[int, int],
    query: str | None,
    external_id: str | None,
) -> DriverPage:
    """Drivers whose ids follow ``span[0]``, at most ``span[1]`` of them, in the order of ids."""
    after, limit = span
    if not (storable(query) and storable(external_id)) or len(query or "") > _LONGEST_QUERY:
        return DriverPage((), None)  # no text that is kept holds such a one
    wanted = _records(model_id).order_by(drivers.c.driver_id).limit(limit + 1)
    wanted = wanted.where(drivers.c.driver_id > min(after, END_OF_IDS - 1))
    if query:
        if not folded(query):
            return DriverPage((), None)  # accents alone: that every text has them is no answer
        wanted = wanted.where(drivers.c.search_text.like(containing(query), escape=ESCAPE))
    if external_id is not None:
        wanted = wanted.where(drivers.c.external_id == external_id)
    rows = [_record(row) for row in connection.execute(wanted)]
    some = tuple(rows[:limit])
    return DriverPage(some, some[-1].driver_id if len(rows) > limit else None)


def create(
    connection: Connection, details: DriverDetails, created_at: datetime, now: datetime
) -> int:
    """Write a new driver and return its id.

    Raises:
        ExternalIdTaken: Another driver has this external id.
        InvalidRequest: The details cannot be stored.
    """
    columns = _columns(connection, details, None)
    columns |= {"created_at": created_at, "version": 1, "updated_at": now}
    created = insert(drivers).values(columns).returning(drivers.c.driver_id)
    return int(connection.execute(created).scalar_one())


def change(
    connection: Connection, record: DriverRecord, changes: DetailChanges, now: datetime
) -> None:
    """Replace details; the version rises.

    Raises:
        ExternalIdTaken: Another driver has this external id.
        InvalidRequest: The details cannot be stored.
    """
    details = replace(record.details, **changes)
    columns = _columns(connection, details, record.driver_id)
    touch(connection, record.driver_id, now, columns)


def touch(
    connection: Connection, driver_id: int, now: datetime, columns: dict[str, Any] | None = None
) -> None:
    """Raise the version of a driver whose details or faces change."""
    values = {"version": drivers.c.version + 1, "updated_at": now} | (columns or {})
    connection.execute(update(drivers).where(drivers.c.driver_id == driver_id).values(values))


def remove(connection: Connection, driver_id: int) -> None:
    """Delete a driver with every face that is still the driver's."""
    connection.execute(delete(drivers).where(drivers.c.driver_id == driver_id))


def count(connection: Connection) -> int:
    """Drivers, of whatever model."""
    return connection.execute(select(func.count()).select_from(drivers)).scalar_one()


def _possible(driver_id: int) -> bool:
    return 0 < driver_id < END_OF_IDS


def _records(model_id: str) -> Select[*tuple[Any, ...]]:
    searchable = (
        select(func.count())
        .select_from(faces)
        .join(embeddings, embeddings.c.face_id == faces.c.face_id)
        .where(faces.c.driver_id == drivers.c.driver_id, embeddings.c.model_id == model_id)
        .correlate(drivers)
        .scalar_subquery()
    )
    return select(
        drivers.c.driver_id,
        drivers.c.name,
        drivers.c.external_id,
        drivers.c.notes,
        drivers.c.valid_from,
        drivers.c.valid_until,
        drivers.c.version,
        drivers.c.created_at,
        drivers.c.updated_at,
        searchable.label("face_count"),
    )


def _record(row: Row[*tuple[Any, ...]]) -> DriverRecord:
    return DriverRecord(
        driver_id=row.driver_id,
        details=DriverDetails(
            row.name, row.external_id, row.notes, row.valid_from, row.valid_until
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        face_count=row.face_count,
    )


def _columns(
    connection: Connection, details: DriverDetails, driver_id: int | None
) -> dict[str, Any]:
    fitting(details)
    if details.external_id is not None:
        holder = select(drivers.c.driver_id).where(drivers.c.external_id == details.external_id)
        if connection.execute(holder).scalar() not in {None, driver_id}:
            raise ExternalIdTaken(
                f'another driver has the external id "{details.external_id}"',
                {"external_id": details.external_id},
            )
    said = [text for text in (details.name, details.external_id) if text]
    return {
        "name": details.name,
        "external_id": details.external_id,
        "notes": details.notes,
        "valid_from": details.valid_from,
        "valid_until": details.valid_until,
        "search_text": folded("\n".join(said)) if said else None,
    }
