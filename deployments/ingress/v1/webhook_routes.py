"""/v1/webhooks: who is told of events, and what could not be delivered."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from deployments.ingress.v1 import conditions, documents, reading
from deployments.ingress.v1.bodies import LAST_ID
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.webhook_wire import (
    EXAMPLE,
    CreatedWebhook,
    DeadLetters,
    Letter,
    NewWebhookBody,
    WebhookList,
    WebhookOut,
)
from pipelines.webhooks.delivering import WebhookDelivery
from pipelines.webhooks.records import NewWebhook
from pipelines.webhooks.signing import new_secret

WebhookId = Annotated[int, Path(ge=1, le=LAST_ID, description="The webhook's id.", examples=[3])]
LetterId = Annotated[
    int, Path(ge=1, le=LAST_ID, description="The dead letter's id.", examples=[81])
]

_CREATED: Final = 201
_ACCEPTED: Final = 202
_NO_CONTENT: Final = 204


class LetterQuery(BaseModel):
    """Which dead letters to list."""

    limit: int = Field(100, ge=1, le=1000, description="Most dead letters of one page.")
    cursor: str | None = Field(
        None, max_length=200, description="The `next_cursor` of the page before."
    )


def webhook_routes(webhooks: WebhookDelivery) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[KNOWN_ONLY])
    book = webhooks.book

    @router.post(
        "",
        status_code=_CREATED,
        responses={
            201: {"description": "The webhook is registered. The secret is shown this once."},
            **documents.errors(
                "conflict/webhooks", "too_slow", "too_large", "unsupported_media_type/json"
            ),
        },
        openapi_extra=documents.json_body(NewWebhookBody, EXAMPLE),
    )
    async def create_webhook(request: Request) -> CreatedWebhook:
        """Registers who is told of events that are stored from now on.

        Each event is sent by POST, as `GET /v1/events/{event_id}` answers it, until the receiver
        answers 2xx; so it may come twice, with the same `webhook-id`, which no other event has,
        not even one that gets the same number after a backup was restored. `webhook-signature` is
        `v1,` and the HMAC-SHA256 in base64 of `{webhook-id}.{webhook-timestamp}.{body}` (Standard
        Webhooks): check it, and refuse old timestamps. Events may come in another order than they
        were stored in.
        """
        asked = await reading.json_of(request, NewWebhookBody)
        secret = new_secret()
        webhook = await book.add(
            NewWebhook(
                webhooks.check(asked.url), tuple(asked.kinds), tuple(asked.decisions), secret
            )
        )
        return CreatedWebhook(webhook=WebhookOut.of(webhook), secret=secret)

    @router.get("", responses=documents.errors())
    async def list_webhooks() -> WebhookList:
        """All webhooks, and how many deliveries of each wait or were given up."""
        return WebhookList(webhooks=list(map(WebhookOut.of, await book.everyone())))

    @router.delete(
        "/{webhook_id}",
        status_code=_NO_CONTENT,
        response_class=Response,
        responses={
            204: {"description": "The webhook is removed."},
            **documents.errors(*documents.WITH_WEBHOOK),
        },
    )
    async def remove_webhook(webhook_id: WebhookId) -> Response:
        """Removes a webhook, with its secret and the deliveries that wait."""
        await book.remove(webhook_id)
        return Response(status_code=_NO_CONTENT)

    @router.get("/{webhook_id}/dead-letters", responses=documents.errors(*documents.WITH_WEBHOOK))
    async def list_dead_letters(
        webhook_id: WebhookId, asked: Annotated[LetterQuery, Query()]
    ) -> DeadLetters:
        """Deliveries that were given up; they go with their events."""
        name = f"dead letters of {webhook_id}"
        after = conditions.read_cursor(asked.cursor, name)
        found = await book.dead(webhook_id, after, asked.limit + 1)
        some = found[: asked.limit]
        more = len(found) > asked.limit
        return DeadLetters(
            dead_letters=list(map(Letter.of, some)),
            next_cursor=conditions.cursor_after(some[-1].delivery_id, name) if more else None,
        )

    @router.post(
        "/{webhook_id}/dead-letters/{letter_id}/redeliver",
        status_code=_ACCEPTED,
        response_class=Response,
        responses={
            202: {"description": "The delivery is made again, with all its attempts."},
            **documents.errors(*documents.WITH_WEBHOOK, "not_found/letter"),
        },
    )
    async def redeliver(webhook_id: WebhookId, letter_id: LetterId) -> Response:
        """Makes a delivery once more that was given up."""
        await book.revive(webhook_id, letter_id)
        return Response(status_code=_ACCEPTED)

    return router
