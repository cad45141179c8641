"""The journal of events over handles: the same methods as that of the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from ray.exceptions import ActorDiedError
from ray.serve.handle import DeploymentHandle

from configs.settings import GallerySettings
from deployments.remote import Tunable
from deployments.remote_events import RemoteEvents
from pipelines.errors import EventNotFound, Unavailable
from pipelines.events.journal import EventJournal
from pipelines.events.records import EventFilter, EventKind
from tests.unit.deployments.shards import Shard
from tests.unit.deployments.test_remote_directory import methods
from tests.unit.events.passing import NOON, passing

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    url = f"sqlite:///{tmp_path / 'g.db'}"
    opened = Shard(GallerySettings(database_url=url, snapshots=None), 0)
    yield opened
    opened.gallery.close()


@pytest.fixture
def journal(shard: Shard) -> RemoteEvents:
    return RemoteEvents([cast(DeploymentHandle, shard)], Tunable())


async def test_has_every_method_of_the_journal_with_its_arguments() -> None:
    assert methods(RemoteEvents) == methods(EventJournal)


async def test_answers_what_the_journal_answers(journal: RemoteEvents) -> None:
    first, second = await journal.append([passing(1), passing(2, kind=EventKind.PLATE_READ)])
    assert await journal.get(1) == first
    with pytest.raises(EventNotFound):
        await journal.get(3)
    page = await journal.page(limit=1)
    assert page.events == (second,)
    assert (await journal.page(after=page.next_after)).events == (first,)
    wanted = EventFilter(kind=EventKind.GATE_CHECKED)
    assert (await journal.page(wanted)).events == await journal.since(0, 9, wanted) == (first,)
    assert await journal.last_id() == 2
    counts = await journal.by_hour(NOON, NOON + timedelta(hours=1))
    assert [count.count for count in counts] == [1, 1]
    figures = await journal.figures(NOON, NOON + timedelta(hours=1))
    assert [count.count for count in figures.traffic] == [1, 1]
    assert await journal.remove_before(datetime.now(UTC), 10) == 2
    assert await journal.since(0) == ()


async def test_an_event_is_sent_again_when_its_answer_was_lost(
    journal: RemoteEvents, shard: Shard
) -> None:
    shard.failure = ActorDiedError()
    with pytest.raises(Unavailable, match=r"^DriverIndex-0.records has no replica that answers$"):
        await journal.append([passing()])
    assert shard.calls == ["append", "append"]
