"""Webhooks as JSON."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints

from deployments.ingress.v1.bodies import Body
from deployments.ingress.wire import Wire
from pipelines.events.records import Decision, EventKind
from pipelines.webhooks.records import DeadLetter, Webhook

_URL = "https://fleet.example.com/hooks/gatehouse"

HookUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(
        description="Where events are sent, by POST; below a URL of the setting "
        "`webhooks.allowed_urls`.",
        examples=[_URL],
    ),
]


class NewWebhookBody(Body):
    """A webhook to be registered."""

    url: HookUrl
    kinds: list[EventKind] = Field([], max_length=20, description="Of these kinds; empty: of all.")
    decisions: list[Decision] = Field(
        [], max_length=20, description="With one of these decisions; empty: with any or none."
    )


EXAMPLE = {"url": _URL, "kinds": ["gate_checked"], "decisions": ["deny", "ask"]}


class WebhookOut(Wire):
    """Who is told of events."""

    id: int = Field(examples=[3])
    created_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])
    url: str = Field(examples=[_URL])
    kinds: list[EventKind] = Field(examples=[["gate_checked"]], description="Empty: all.")
    decisions: list[Decision] = Field(examples=[["deny", "ask"]], description="Empty: any or none.")
    waiting: int = Field(examples=[0], description="Deliveries that are still to be made.")
    dead: int = Field(examples=[0], description="Deliveries that were given up.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """A stored webhook, in wire form."""
        return cls(
            id=webhook.webhook_id,
            created_at=webhook.created_at,
            url=webhook.url,
            kinds=list(webhook.kinds),
            decisions=list(webhook.decisions),
            waiting=webhook.waiting,
            dead=webhook.dead,
        )


class CreatedWebhook(Wire):
    """A webhook that was registered, with its secret, which is not shown again."""

    webhook: WebhookOut
    secret: str = Field(
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw6hp3tNF5Gxg="],
        description="What deliveries are signed with: the bytes are in base64 after `whsec_`.",
    )


class WebhookList(Wire):
    """All webhooks, in the order of their ids."""

    webhooks: list[WebhookOut]


class Letter(Wire):
    """A delivery that was given up."""

    id: int = Field(examples=[81])
    event_id: int = Field(examples=[12])
    attempts: int = Field(examples=[12])
    tried_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"], description="Last.")
    error: str = Field(examples=["the receiver answers 503"], description="Of the last attempt.")

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """A dead letter, in wire form."""
        return cls(
            id=letter.delivery_id,
            event_id=letter.event_id,
            attempts=letter.attempts,
            tried_at=letter.tried_at,
            error=letter.error,
        )


class DeadLetters(Wire):
    """A page of dead letters, in the order of their ids."""

    dead_letters: list[Letter]
    next_cursor: str | None = Field(
        examples=["Ny5lM2IwYzQ0Mg"], description="For the next page; null on the last one."
    )
