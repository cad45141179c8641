"""The table of events, in the database of the gallery."""

from typing import Final

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from pipelines.gallery.schema import RowId, UtcDateTime, metadata

ByBytes: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes on both, so that what begins alike stands together."""

# No foreign keys: an erased driver is taken out by hand, as more than the number has to go.
events = Table(
    "events",
    metadata,
    Column("event_id", RowId, primary_key=True, autoincrement=True),
    Column("token", String(32), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("hour", Integer, nullable=False),  # of ``at``, counted from 1970
    Column("received_at", UtcDateTime, nullable=False),
    Column("camera_id", Text, nullable=True),
    Column("plate_raw", ByBytes, nullable=True),
    Column("plate_text", ByBytes, nullable=True),
    Column("country", String(2), nullable=True),
    Column("confidence", Float, nullable=True),
    Column("vehicle_id", RowId, nullable=True),
    Column("driver_id", RowId, nullable=True),
    Column("similarity", Float, nullable=True),
    Column("threshold", Float, nullable=True),
    Column("decision", String(40), nullable=True),
    Column("reasons", JSON, nullable=False),
    Column("request_id", Text, nullable=True),
    Column("crop_key", String(500), nullable=True),
    UniqueConstraint("token", name="uq_events_token"),
    Index("ix_events_at", "at", "event_id"),
    Index("ix_events_hour", "hour", "kind", "decision"),
    Index("ix_events_camera", "camera_id", "at", "event_id"),
    Index("ix_events_driver", "driver_id", "at", "event_id"),
    Index("ix_events_vehicle", "vehicle_id", "at", "event_id"),
    Index("ix_events_kind", "kind", "at", "event_id"),
    Index("ix_events_decision", "decision", "at", "event_id"),
    Index("ix_events_received", "received_at"),
    Index("ix_events_plate_text", "plate_text"),
    Index("ix_events_plate_raw", "plate_raw"),
    sqlite_autoincrement=True,  # whoever listens never takes a new event for a known one
)
