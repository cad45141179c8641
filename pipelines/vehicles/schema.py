"""Tables of the vehicles, beside those of the drivers."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from pipelines.gallery.schema import RowId, UtcDateTime, metadata

ANY_COUNTRY: Final = ""
"""Country of a vehicle whose plate stands for itself; no NULL, of which an index keeps many."""

vehicles = Table(
    "vehicles",
    metadata,
    Column("vehicle_id", RowId, primary_key=True, autoincrement=True),
    Column("plate", String(16), nullable=False),
    Column("country", String(2), nullable=False),
    Column("list", String(10), nullable=False),
    Column("any_driver", Boolean, nullable=False),
    Column("notes", Text, nullable=True),
    Column("external_id", String(200), nullable=True),
    Column("valid_from", UtcDateTime, nullable=True),
    Column("valid_until", UtcDateTime, nullable=True),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("search_text", Text, nullable=False),  # plate and external id, folded for comparison
    Index("uq_vehicles_plate", "plate", "country", unique=True),
    Index("uq_vehicles_external_id", "external_id", unique=True),
    sqlite_autoincrement=True,  # an erased vehicle's number is never given to another
)

vehicle_drivers = Table(
    "vehicle_drivers",
    metadata,
    Column(
        "vehicle_id",
        RowId,
        ForeignKey("vehicles.vehicle_id", name="fk_vehicle_drivers_vehicle_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "driver_id",
        RowId,
        ForeignKey("drivers.driver_id", name="fk_vehicle_drivers_driver_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
)

# No foreign key to vehicles, and no plate: the log outlives what it tells of.
vehicle_changes = Table(
    "vehicle_changes",
    metadata,
    Column("sequence", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("vehicle_id", RowId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("token", String(32), nullable=True),  # of the request that created it
    Column("fingerprint", String(64), nullable=True),
    Index("uq_vehicle_changes_token", "token", unique=True),
    sqlite_autoincrement=True,
)
