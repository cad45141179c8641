"""A gallery with a webhook, and who delivers to it."""

import asyncio
from typing import Any

from configs.settings import WebhookSettings
from pipelines.events.journal import EventJournal
from pipelines.gallery.store import GalleryStore
from pipelines.webhooks.delivering import WebhookDelivery
from pipelines.webhooks.directory import WebhookDirectory
from pipelines.webhooks.records import NewWebhook
from pipelines.webhooks.signing import new_secret
from tests.contract.local_books import Faults, LocalBook


class Fleet:
    """A gallery with one webhook, and who delivers to it."""

    def __init__(self, store: GalleryStore, url: str) -> None:
        self.journal = EventJournal(store)
        self.webhooks = WebhookDirectory(store)
        self.secret = new_secret()
        self.webhooks.add(NewWebhook(f"{url}hooks", (), (), self.secret))
        self.faults = Faults()
        self._url = url

    def delivery(
        self, kind: type[WebhookDelivery] = WebhookDelivery, **settings: Any
    ) -> WebhookDelivery:
        book: Any = LocalBook(self.webhooks, self.faults)
        said = {"allowed_urls": (self._url,), "first_pause_s": 1e-9, **settings}
        return kind(
            book, WebhookSettings.model_validate(said), lambda event: f"event {event.event_id}"
        )

    def sweep(self, **settings: Any) -> int:
        """Delivers what is due, as one replica of the ingress does now and then."""
        return asyncio.run(swept(self.delivery(**settings)))

    def errors(self) -> list[str]:
        return [letter.error for letter in self.webhooks.dead(1)]


async def swept(*replicas: WebhookDelivery) -> int:
    attempts = await asyncio.gather(*(one.sweep() for one in replicas))
    for one in replicas:
        await one.close()
    return sum(attempts)
