"""The webhooks over the handles of the gallery's shards."""

from deployments.remote_book import RemoteBook
from pipelines.webhooks.records import DeadLetter, Delivery, NewWebhook, Webhook


class RemoteWebhooks(RemoteBook):
    """``pipelines.webhooks.directory.WebhookDirectory`` with the same methods, to be awaited."""

    book = "webhooks"

    async def add(self, new: NewWebhook) -> Webhook:
        webhook: Webhook = await self._call("add", new)
        return webhook

    async def everyone(self) -> tuple[Webhook, ...]:
        webhooks: tuple[Webhook, ...] = await self._call("everyone")
        return webhooks

    async def remove(self, webhook_id: int) -> None:
        await self._call("remove", webhook_id)

    async def any_due(self) -> bool:
        due: bool = await self._call("any_due")
        return due

    async def claim(
        self,
        limit: int,
        lease_s: float,
        share: int | None = None,
        under_way: tuple[int, ...] = (),
    ) -> tuple[Delivery, ...]:
        claimed: tuple[Delivery, ...] = await self._call("claim", limit, lease_s, share, under_way)
        return claimed

    async def done(self, delivery_id: int) -> None:
        await self._call("done", delivery_id)

    async def failed(
        self, delivery_id: int, attempt: int, error: str, pause_s: float | None
    ) -> None:
        await self._call("failed", delivery_id, attempt, error, pause_s)

    async def dead(
        self, webhook_id: int, after: int = 0, limit: int = 100
    ) -> tuple[DeadLetter, ...]:
        letters: tuple[DeadLetter, ...] = await self._call("dead", webhook_id, after, limit)
        return letters

    async def revive(self, webhook_id: int, delivery_id: int) -> None:
        await self._call("revive", webhook_id, delivery_id)
