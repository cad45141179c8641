"""Indexes of events: by kind, by decision, and by the time at which they were stored."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_events_kind", "events", ["kind", "at", "event_id"])
    op.create_index("ix_events_decision", "events", ["decision", "at", "event_id"])
    op.create_index("ix_events_received", "events", ["received_at"])
