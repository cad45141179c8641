"""The journal of events."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_BY_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("camera_id", sa.Text, nullable=True),
        sa.Column("plate_raw", _BY_BYTES, nullable=True),
        sa.Column("plate_text", _BY_BYTES, nullable=True),
        sa.Column("country", sa.String(2), nullable=True),
        sa.Column("confidence", sa.Float, nullable=True),
        sa.Column("vehicle_id", _ROW_ID, nullable=True),
        sa.Column("driver_id", _ROW_ID, nullable=True),
        sa.Column("similarity", sa.Float, nullable=True),
        sa.Column("threshold", sa.Float, nullable=True),
        sa.Column("decision", sa.String(40), nullable=True),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("request_id", sa.Text, nullable=True),
        sa.Column("crop_key", sa.String(500), nullable=True),
        sa.UniqueConstraint("token", name="uq_events_token"),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("ix_events_at", ["at", "event_id"]),
        ("ix_events_hour", ["hour", "kind", "decision"]),
        ("ix_events_camera", ["camera_id", "at", "event_id"]),
        ("ix_events_driver", ["driver_id", "at", "event_id"]),
        ("ix_events_vehicle", ["vehicle_id", "at", "event_id"]),
        ("ix_events_plate_text", ["plate_text"]),
        ("ix_events_plate_raw", ["plate_raw"]),
    ):
        op.create_index(name, "events", columns)
