"""Vehicles, who may drive them, and the log of their changes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vehicles",
        sa.Column("vehicle_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("list", sa.String(10), nullable=False),
        sa.Column("any_driver", sa.Boolean, nullable=False),
        sa.Column("notes", sa.Text, nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.Column("valid_from", _MOMENT, nullable=True),
        sa.Column("valid_until", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_vehicles_plate", "vehicles", ["plate", "country"], unique=True)
    op.create_index("uq_vehicles_external_id", "vehicles", ["external_id"], unique=True)
    op.create_table(
        "vehicle_drivers",
        sa.Column("vehicle_id", _ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("driver_id", _ROW_ID, primary_key=True, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["vehicle_id"],
            ["vehicles.vehicle_id"],
            name="fk_vehicle_drivers_vehicle_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["driver_id"],
            ["drivers.driver_id"],
            name="fk_vehicle_drivers_driver_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_vehicle_drivers_driver_id", "vehicle_drivers", ["driver_id"])
    op.create_table(
        "vehicle_changes",
        sa.Column("sequence", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("vehicle_id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("token", sa.String(32), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_vehicle_changes_token", "vehicle_changes", ["token"], unique=True)
