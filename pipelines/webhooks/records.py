"""Webhooks and their deliveries."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.events.records import Decision, Event, EventKind


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook before it is stored.

    Attributes:
        url: Where events are sent.
        kinds: Of the events that are sent; empty for all.
        decisions: Of the events that are sent; empty for all, also for those without one.
        secret: What deliveries are signed with (``pipelines.webhooks.signing``).
    """

    url: str
    kinds: tuple[EventKind, ...]
    decisions: tuple[Decision, ...]
    secret: str

    def wants(self, event: Event) -> bool:
        """Whether an event is sent."""
        seen = event.seen
        return (not self.kinds or seen.kind in self.kinds) and (
            not self.decisions or seen.decision in self.decisions
        )


@dataclass(frozen=True, slots=True)
class Webhook:
    """A stored webhook.

    Attributes:
        waiting: Deliveries that are still to be made.
        dead: Deliveries that were given up.
    """

    webhook_id: int
    created_at: datetime
    url: str
    kinds: tuple[EventKind, ...]
    decisions: tuple[Decision, ...]
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is claimed: nobody else makes it until the lease ends.

    Attributes:
        attempt: Which attempt this is, from 1; what became of it is told under this number.
    """

    delivery_id: int
    webhook_id: int
    attempt: int
    url: str
    secret: str
    event: Event


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up.

    Attributes:
        error: What was wrong with the last attempt.
    """

    delivery_id: int
    event_id: int
    attempts: int
    tried_at: datetime
    error: str
