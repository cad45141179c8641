"""The webhooks and their deliveries: one method, one transaction."""

from typing import Final

from pipelines.errors import Conflict, NotFound, WebhookNotFound
from pipelines.gallery.transactions import Transactions
from pipelines.webhooks import rows
from pipelines.webhooks.records import DeadLetter, Delivery, NewWebhook, Webhook

MOST_WEBHOOKS: Final = 100


class WebhookDirectory:
    """Webhooks in the gallery's database. Thread-safe.

    A delivery is noted in the transaction of its event, so none is lost; it is forgotten when it
    was made, so after a crash in between it is made twice. Every method may raise
    GalleryUnavailable.

    Args:
        store: Of a migrated database.
    """

    def __init__(self, store: Transactions) -> None:
        self._store = store

    def add(self, new: NewWebhook) -> Webhook:
        """Store a webhook: it is told of events that are stored from now on.

        Raises:
            Conflict: There are as many as there may be.
        """
        with self._store.writing() as connection:
            if rows.count(connection) >= MOST_WEBHOOKS:
                raise Conflict(f"there are {MOST_WEBHOOKS} webhooks already, remove one first")
            webhook_id = rows.add(connection, new)
            return next(one for one in rows.everyone(connection) if one.webhook_id == webhook_id)

    def everyone(self) -> tuple[Webhook, ...]:
        """All webhooks, in the order of their ids."""
        with self._store.seeing_one_state() as connection:
            return rows.everyone(connection)

    def remove(self, webhook_id: int) -> None:
        """Delete a webhook, its secret and the deliveries that wait.

        Raises:
            WebhookNotFound: There is none.
        """
        with self._store.writing() as connection:
            if not rows.remove(connection, webhook_id):
                raise WebhookNotFound(f"there is no webhook {webhook_id}")
        self._store.scrub()

    def any_due(self) -> bool:
        """Whether a delivery waits to be claimed."""
        with self._store.reading() as connection:
            return rows.any_due(connection)

    def claim(
        self,
        limit: int,
        lease_s: float,
        share: int | None = None,
        under_way: tuple[int, ...] = (),
    ) -> tuple[Delivery, ...]:
        """Take deliveries that are due: no other call gets them before the lease ends.

        Args:
            limit: Most deliveries.
            lease_s: Longer than an attempt takes. Whoever dies meanwhile loses nothing.
            share: Most deliveries of one webhook, with those under way; None for no such limit.
            under_way: The webhook of each delivery that the caller still makes.
        """
        with self._store.writing() as connection:
            return rows.claim(connection, limit, lease_s, share, under_way)

    def done(self, delivery_id: int) -> None:
        """Forget a delivery that was made."""
        with self._store.writing() as connection:
            rows.done(connection, delivery_id)

    def failed(self, delivery_id: int, attempt: int, error: str, pause_s: float | None) -> None:
        """Note a failed attempt; one that another has claimed since stays.

        Args:
            delivery_id: The delivery.
            attempt: As it was claimed.
            error: What was wrong.
            pause_s: Until the next attempt; None makes it a dead letter.
        """
        with self._store.writing() as connection:
            rows.failed(connection, delivery_id, attempt, error, pause_s)

    def dead(self, webhook_id: int, after: int = 0, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Deliveries that were given up, in the order of their ids.

        Raises:
            WebhookNotFound: There is no such webhook.
        """
        with self._store.seeing_one_state() as connection:
            if not rows.is_there(connection, webhook_id):
                raise WebhookNotFound(f"there is no webhook {webhook_id}")
            return rows.dead(connection, webhook_id, after, limit)

    def revive(self, webhook_id: int, delivery_id: int) -> None:
        """Let a dead letter be delivered again, with as many attempts as at first.

        Raises:
            NotFound: There is no such dead letter.
        """
        with self._store.writing() as connection:
            if not rows.revive(connection, webhook_id, delivery_id):
                raise NotFound(f"webhook {webhook_id} has no dead letter {delivery_id}")
