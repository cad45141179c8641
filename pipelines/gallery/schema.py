"""Tables of the driver gallery. The migrations build them; a test proves that both agree."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from pipelines.gallery.driver_records import LAST_ID

RowId = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both; SQLite counts up by itself only in a column declared INTEGER."""

END_OF_IDS = LAST_ID + 1
"""No id is as large, and no database takes such a parameter."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite, which keeps no zone, gets it back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a moment without a time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

drivers = Table(
    "drivers",
    metadata,
    Column("driver_id", RowId, primary_key=True, autoincrement=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("name", String(200), nullable=True),
    Column("external_id", String(200), nullable=True),
    Column("notes", Text, nullable=True),
    Column("valid_from", UtcDateTime, nullable=True),
    Column("valid_until", UtcDateTime, nullable=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated_at", UtcDateTime, nullable=False, server_default=text("'1970-01-01 00:00:00'")),
    Column("search_text", Text, nullable=True),  # name and external id, folded for comparison
    Index("uq_drivers_external_id", "external_id", unique=True),
    sqlite_autoincrement=True,  # an erased driver's number is never given to another
)

# The picture comes last: SQLite then reads the other columns without its pages.
faces = Table(
    "faces",
    metadata,
    Column("face_id", RowId, primary_key=True, autoincrement=True),
    Column(
        "driver_id",
        RowId,
        ForeignKey("drivers.driver_id", name="fk_faces_driver_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("score", Float, nullable=False),
    Column("size_px", Float, nullable=False),
    Column("sharpness", Float, nullable=False),
    Column("brightness", Float, nullable=False),
    Column("yaw", Float, nullable=False),
    Column("pitch", Float, nullable=False),
    Column("roll", Float, nullable=False),
    Column("quality_score", Float, nullable=False),
    Column("crop_key", String(500), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("aligned_png", LargeBinary, nullable=True),
    sqlite_autoincrement=True,
)

embeddings = Table(
    "embeddings",
    metadata,
    Column(
        "face_id",
        RowId,
        ForeignKey("faces.face_id", name="fk_embeddings_face_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("model_id", String(200), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian
)

# Written with the erasure, so that no crash between it and the files leaves a picture behind.
crop_removals = Table(
    "crop_removals",
    metadata,
    Column("crop_key", String(500), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)

# No foreign key to drivers: the log outlives what it tells of.
changes = Table(
    "changes",
    metadata,
    Column("sequence", RowId, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("driver_id", RowId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("token", String(32), nullable=False),  # of the registration; random otherwise
    Column("detail", String(200), nullable=True),
    Column("fingerprint", String(64), nullable=True),  # of the request that the token came with
    UniqueConstraint("token", name="uq_changes_token"),
)

gallery_head = Table(
    "gallery_head",
    metadata,
    Column("head_id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", RowId, nullable=False),
    Column("token", String(32), nullable=False),  # that of the last change
    CheckConstraint("head_id = 1", name="ck_gallery_head_one_row"),
)
