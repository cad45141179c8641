"""The tables of webhooks and of the deliveries that are to be made."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from pipelines.gallery.schema import RowId, UtcDateTime, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", RowId, primary_key=True, autoincrement=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("decisions", JSON, nullable=False),
    Column("secret", String(100), nullable=False),
    sqlite_autoincrement=True,
)

# Written with the event. It has nothing of the event but the number: what is sent is read then.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", RowId, primary_key=True, autoincrement=True),
    Column(
        "webhook_id",
        RowId,
        ForeignKey("webhooks.webhook_id", name="fk_deliveries_webhook_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column(
        "event_id",
        RowId,
        ForeignKey("events.event_id", name="fk_deliveries_event_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=True),  # the end of the lease, while claimed
    Column("tried_at", UtcDateTime, nullable=True),
    Column("error", Text, nullable=True),
    Index("ix_deliveries_due", "due_at"),
    Index("ix_deliveries_of", "webhook_id", "due_at", "delivery_id"),
    sqlite_autoincrement=True,
)
"""A delivery without ``due_at`` is a dead letter; one that was made has no row."""
