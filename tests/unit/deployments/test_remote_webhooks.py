"""The webhooks over handles: the same methods as those of the store."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from ray.serve.handle import DeploymentHandle

from configs.settings import GallerySettings
from deployments.remote import Tunable
from deployments.remote_webhooks import RemoteWebhooks
from pipelines.errors import NotFound
from pipelines.events.journal import EventJournal
from pipelines.webhooks.directory import WebhookDirectory
from pipelines.webhooks.records import NewWebhook
from tests.unit.deployments.shards import Shard
from tests.unit.deployments.test_remote_directory import methods
from tests.unit.events.passing import passing

pytestmark = pytest.mark.anyio

NEW = NewWebhook("https://fleet.example.com/", (), (), "whsec_c2VjcmV0")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    url = f"sqlite:///{tmp_path / 'g.db'}"
    opened = Shard(GallerySettings(database_url=url, snapshots=None), 0)
    yield opened
    opened.gallery.close()


async def test_has_every_method_of_the_store_with_its_arguments() -> None:
    assert methods(RemoteWebhooks) == methods(WebhookDirectory)


async def test_answers_what_the_store_answers(shard: Shard) -> None:
    webhooks = RemoteWebhooks([cast(DeploymentHandle, shard)], Tunable())
    made = await webhooks.add(NEW)
    assert await webhooks.everyone() == (made,)
    EventJournal(shard.gallery.store).append([passing(), passing()])
    assert await webhooks.any_due()
    first, second = await webhooks.claim(9, 60.0)
    assert first.secret == NEW.secret
    await webhooks.done(first.delivery_id)
    await webhooks.failed(second.delivery_id, 1, "broken", None)
    [letter] = await webhooks.dead(1)
    assert letter.error == "broken"
    await webhooks.revive(1, letter.delivery_id)
    with pytest.raises(NotFound):
        await webhooks.revive(1, letter.delivery_id)
    await webhooks.remove(1)
    assert not await webhooks.any_due()
