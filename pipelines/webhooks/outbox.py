"""The deliveries of new events, inside the transaction of the events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from pipelines.events.records import Decision, Event, EventKind
from pipelines.webhooks.records import NewWebhook
from pipelines.webhooks.schema import deliveries, webhooks


def put_out(connection: Connection, events: Sequence[Event]) -> None:
    """Note the deliveries of new events, due at once."""
    hooks = [(row.webhook_id, new_webhook(row)) for row in connection.execute(select(webhooks))]
    now = datetime.now(UTC)
    due = [
        {"webhook_id": webhook_id, "event_id": event.event_id, "attempts": 0, "due_at": now}
        for event in events
        for webhook_id, hook in hooks
        if hook.wants(event)
    ]
    if due:
        connection.execute(insert(deliveries), due)


def new_webhook(row: Row[*tuple[Any, ...]]) -> NewWebhook:
    """What was asked for when a webhook was stored."""
    return NewWebhook(
        row.url,
        tuple(map(EventKind, row.kinds)),
        tuple(map(Decision, row.decisions)),
        row.secret,
    )
