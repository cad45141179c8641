"""What a search over the gallery's replica brings along, and several searches at once."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from ray import serve

from configs.settings import Settings
from pipelines.errors import Unavailable
from pipelines.gallery.driver_records import DriverDetails
from pipelines.types import GallerySearch
from tests.unit.deployments.index_replica import Encoder, faces, person, started

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def replica_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What @serve.batch asks of the replica that it runs in."""
    config = SimpleNamespace(max_ongoing_requests=100)
    context = SimpleNamespace(_deployment_config=config)
    monkeypatch.setattr(serve, "get_replica_context", lambda: context)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'g.db'}"
    return Settings.model_validate({"gallery": {"database_url": url, "snapshots": None}})


async def test_a_search_that_recognises_a_driver_brings_the_record_along(
    settings: Settings,
) -> None:
    index = await started(settings, Encoder())
    driver_id = await index.register(None, faces(1), "t1", DriverDetails(name="Ann"))
    [known, stranger] = await index.search_all([(person(1), "m"), (person(2), "m")])
    assert isinstance(known, GallerySearch) and isinstance(stranger, GallerySearch)
    assert known.nearest == await index.records("drivers", "get", driver_id)
    assert stranger.nearest is None


async def test_a_shard_of_several_cannot_tell_who_is_recognised(settings: Settings) -> None:
    gallery = settings.gallery.model_copy(update={"shards": 2})
    index = await started(settings.model_copy(update={"gallery": gallery}), Encoder(), 1)
    await index.register(None, faces(1), "t1")
    found = await index.search(person(1), "m")
    assert len(found.matches) == 1
    assert found.nearest is None


async def test_of_several_searches_one_of_another_model_fails_alone(settings: Settings) -> None:
    index = await started(settings, Encoder())
    await index.register(None, faces(1), "t1")
    [found, refused] = await index.search_all([(person(1), "m"), (person(1), "other")])
    assert isinstance(found, GallerySearch)
    assert isinstance(refused, Unavailable)
