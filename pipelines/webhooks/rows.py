"""Rows of the webhooks and their deliveries, inside a transaction of the store."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from pipelines.events import rows as event_rows
from pipelines.gallery.schema import END_OF_IDS
from pipelines.webhooks.outbox import new_webhook
from pipelines.webhooks.records import DeadLetter, Delivery, NewWebhook, Webhook
from pipelines.webhooks.schema import deliveries, webhooks

_due_at = deliveries.c.due_at
_LONGEST_ERROR: Final = 200


def add(connection: Connection, new: NewWebhook) -> int:
    """Write a webhook and return its id."""
    created = insert(webhooks).values(
        created_at=datetime.now(UTC),
        url=new.url,
        kinds=[kind.value for kind in new.kinds],
        decisions=[decision.value for decision in new.decisions],
        secret=new.secret,
    )
    return int(connection.execute(created.returning(webhooks.c.webhook_id)).scalar_one())


def everyone(connection: Connection) -> tuple[Webhook, ...]:
    """All webhooks, in the order of their ids."""
    counted = select(
        deliveries.c.webhook_id, func.count(_due_at).label("waiting"), func.count().label("whole")
    ).group_by(deliveries.c.webhook_id)
    counts = {row.webhook_id: (row.waiting, row.whole) for row in connection.execute(counted)}
    found = []
    for row in connection.execute(select(webhooks).order_by(webhooks.c.webhook_id)):
        waiting, whole = counts.get(row.webhook_id, (0, 0))
        wanted = new_webhook(row)
        found.append(
            Webhook(
                row.webhook_id,
                row.created_at,
                wanted.url,
                wanted.kinds,
                wanted.decisions,
                waiting,
                whole - waiting,
            )
        )
    return tuple(found)


def count(connection: Connection) -> int:
    """How many webhooks there are."""
    return connection.execute(select(func.count()).select_from(webhooks)).scalar_one()


def is_there(connection: Connection, webhook_id: int) -> bool:
    """Whether there is such a webhook."""
    if not 0 < webhook_id < END_OF_IDS:
        return False
    known = select(webhooks.c.webhook_id).where(webhooks.c.webhook_id == webhook_id)
    return connection.execute(known).first() is not None


def remove(connection: Connection, webhook_id: int) -> bool:
    """Delete a webhook with its deliveries; False where there is none."""
    if not is_there(connection, webhook_id):
        return False
    connection.execute(delete(webhooks).where(webhooks.c.webhook_id == webhook_id))
    return True


def any_due(connection: Connection) -> bool:
    """Whether a delivery waits to be claimed."""
    due = select(deliveries.c.delivery_id).where(_due_at <= datetime.now(UTC)).limit(1)
    return connection.execute(due).first() is not None


def claim(
    connection: Connection,
    limit: int,
    lease_s: float,
    share: int | None = None,
    under_way: Sequence[int] = (),
) -> tuple[Delivery, ...]:
    """Take deliveries that are due, until the lease ends.

    Those of the webhooks with the fewest under way come first, of these the longest waiting.
    """
    now = datetime.now(UTC)
    ids = _next(connection, now, limit, limit if share is None else share, Counter(under_way))
    if not ids:
        return ()
    taken = deliveries.c.delivery_id.in_(ids)
    connection.execute(
        update(deliveries)
        .where(taken)
        .values(
            attempts=deliveries.c.attempts + 1,
            due_at=now + timedelta(seconds=lease_s),
            tried_at=now,
        )
    )
    whole = (
        select(deliveries, webhooks.c.url, webhooks.c.secret)
        .join(webhooks, webhooks.c.webhook_id == deliveries.c.webhook_id)
        .where(taken)
        .order_by(deliveries.c.delivery_id)
    )
    rows = connection.execute(whole).all()
    found = ((row, event_rows.get(connection, row.event_id)) for row in rows)
    return tuple(
        Delivery(row.delivery_id, row.webhook_id, row.attempts, row.url, row.secret, event)
        for row, event in found
        if event is not None
    )


def _next(
    connection: Connection, now: datetime, limit: int, share: int, under_way: Counter[int]
) -> list[int]:
    # One look into the index for each webhook: however much waits for one, this is as fast.
    known = list(connection.execute(select(webhooks.c.webhook_id)).scalars())
    oldest = [
        _oldest(webhook_id, now, min(limit, share - under_way[webhook_id]))
        for webhook_id in known
        if share > under_way[webhook_id]
    ]
    if not oldest:
        return []
    waiting = []
    turns = under_way.copy()
    for row in sorted(connection.execute(union_all(*oldest)), key=lambda row: row[1:]):
        turns[row.webhook_id] += 1
        waiting.append((turns[row.webhook_id], row.due_at, row.delivery_id))
    return [delivery_id for _, _, delivery_id in sorted(waiting)[:limit]]


def _oldest(webhook_id: int, now: datetime, limit: int) -> Select[tuple[Any, ...]]:
    due = and_(deliveries.c.webhook_id == webhook_id, now >= _due_at)
    found = select(deliveries.c.webhook_id, _due_at, deliveries.c.delivery_id).where(due)
    ordered = found.order_by(_due_at, deliveries.c.delivery_id).limit(limit)
    return select(ordered.subquery())


def done(connection: Connection, delivery_id: int) -> None:
    """Forget a delivery that was made."""
    connection.execute(delete(deliveries).where(deliveries.c.delivery_id == delivery_id))


def failed(
    connection: Connection, delivery_id: int, attempt: int, error: str, pause_s: float | None
) -> None:
    """Note what was wrong, and when the next attempt is due; None gives the delivery up.

    A delivery that another has claimed since stays as it is.
    """
    due_at = None if pause_s is None else datetime.now(UTC) + timedelta(seconds=pause_s)
    own = and_(deliveries.c.delivery_id == delivery_id, deliveries.c.attempts == attempt)
    connection.execute(
        update(deliveries).where(own).values(due_at=due_at, error=error[:_LONGEST_ERROR])
    )


def dead(connection: Connection, webhook_id: int, after: int, limit: int) -> tuple[DeadLetter, ...]:
    """Deliveries of a webhook that were given up, in the order of their ids."""
    query = select(deliveries).where(
        deliveries.c.webhook_id == webhook_id,
        _due_at.is_(None),
        deliveries.c.delivery_id > min(after, END_OF_IDS - 1),
    )
    return tuple(
        DeadLetter(row.delivery_id, row.event_id, row.attempts, row.tried_at, row.error or "")
        for row in connection.execute(query.order_by(deliveries.c.delivery_id).limit(limit))
    )


def revive(connection: Connection, webhook_id: int, delivery_id: int) -> bool:
    """Let a dead letter be delivered again, at once; False where there is none."""
    if not (0 < delivery_id < END_OF_IDS and 0 < webhook_id < END_OF_IDS):
        return False
    letter = and_(
        deliveries.c.delivery_id == delivery_id,
        deliveries.c.webhook_id == webhook_id,
        _due_at.is_(None),
    )
    again = update(deliveries).where(letter).values(attempts=0, due_at=datetime.now(UTC))
    revived = connection.execute(again.returning(deliveries.c.delivery_id)).all()
    return bool(revived)
