"""What people say of drivers; vectors of several models a face; crops that are to be removed.

No table is made anew on SQLite: that would forget which numbers were given out, and dropping the
old one would erase the rows that refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Writers take this row first: one of the older version ends before the tables change.
    op.execute("UPDATE gallery_head SET sequence = sequence")
    _describe_drivers()
    _move_vectors()
    op.add_column("changes", sa.Column("detail", sa.String(200), nullable=True))
    op.add_column("changes", sa.Column("fingerprint", sa.String(64), nullable=True))
    op.create_table(
        "crop_removals",
        sa.Column("crop_key", sa.String(500), primary_key=True),
        sa.Column("since", _MOMENT, nullable=False),
    )


def _describe_drivers() -> None:
    for column in (
        sa.Column("name", sa.String(200), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.Column("notes", sa.Text, nullable=True),
        sa.Column("valid_from", _MOMENT, nullable=True),
        sa.Column("valid_until", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column(
            "updated_at",
            _MOMENT,
            nullable=False,
            server_default=sa.text("'1970-01-01 00:00:00'"),
        ),
        sa.Column("search_text", sa.Text, nullable=True),
    ):
        op.add_column("drivers", column)
    op.execute("UPDATE drivers SET updated_at = created_at")
    op.create_index("uq_drivers_external_id", "drivers", ["external_id"], unique=True)


def _move_vectors() -> None:
    op.create_table(
        "embeddings",
        sa.Column("face_id", _ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("model_id", sa.String(200), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"], ["faces.face_id"], name="fk_embeddings_face_id", ondelete="CASCADE"
        ),
    )
    op.execute(
        "INSERT INTO embeddings (face_id, model_id, vector) "
        "SELECT face_id, model_id, vector FROM faces ORDER BY face_id"
    )
    op.drop_column("faces", "vector")
    op.drop_column("faces", "model_id")
