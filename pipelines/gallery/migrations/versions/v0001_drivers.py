"""Drivers, their faces, the change log and its head."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "drivers",
        sa.Column("driver_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "faces",
        sa.Column("face_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("driver_id", _ROW_ID, nullable=False),
        sa.Column("model_id", sa.String(200), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("size_px", sa.Float, nullable=False),
        sa.Column("sharpness", sa.Float, nullable=False),
        sa.Column("brightness", sa.Float, nullable=False),
        sa.Column("yaw", sa.Float, nullable=False),
        sa.Column("pitch", sa.Float, nullable=False),
        sa.Column("roll", sa.Float, nullable=False),
        sa.Column("quality_score", sa.Float, nullable=False),
        sa.Column("crop_key", sa.String(500), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("aligned_png", sa.LargeBinary, nullable=True),
        sa.ForeignKeyConstraint(
            ["driver_id"], ["drivers.driver_id"], name="fk_faces_driver_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_faces_driver_id", "faces", ["driver_id"])
    op.create_table(
        "changes",
        sa.Column("sequence", _ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("driver_id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.UniqueConstraint("token", name="uq_changes_token"),
    )
    head = op.create_table(
        "gallery_head",
        sa.Column("head_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", _ROW_ID, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.CheckConstraint("head_id = 1", name="ck_gallery_head_one_row"),
    )
    # The token of a registration, no password.
    op.bulk_insert(head, [{"head_id": 1, "sequence": 0, "token": ""}])  # nosec B105
