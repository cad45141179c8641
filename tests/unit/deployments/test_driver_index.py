"""The gallery's replica, without Ray: databases and encoders that come, go and change."""

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from ray import serve

from configs.settings import Settings
from deployments import driver_index
from deployments.driver_index import DriverIndex
from pipelines.errors import (
    AlreadyEnrolled,
    ConfigurationError,
    DriverNotFound,
    GalleryUnavailable,
    Overloaded,
    Unavailable,
)
from pipelines.events.journal import EventJournal
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.judged import Judged
from pipelines.gallery.whole_gallery import WholeGallery
from pipelines.plate_matching.seen import SeenPlate
from tests.unit.deployments.index_replica import Encoder, faces, person, started

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_index, "_READY_WITHIN_S", 1.0)
    monkeypatch.setattr(driver_index, "_FIRST_PAUSE_S", 0.01)


@pytest.fixture(autouse=True)
def replica_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What @serve.batch asks of the replica that it runs in."""
    config = SimpleNamespace(max_ongoing_requests=100)
    context = SimpleNamespace(_deployment_config=config, replica_tag="abcd")
    monkeypatch.setattr(serve, "get_replica_context", lambda: context)


async def opened(index: DriverIndex) -> None:
    async with asyncio.timeout(20):
        await index._opening


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "g.db"


@pytest.fixture
def settings(database: Path) -> Settings:
    return Settings.model_validate(
        {"gallery": {"database_url": f"sqlite:///{database}", "snapshots": None}}
    )


async def test_is_ready_at_the_end_of_a_start_that_finds_everything(settings: Settings) -> None:
    index = await started(settings, Encoder())
    driver_id = await index.register(None, faces(1), "a")
    assert await index.register(None, faces(1), "a") == driver_id
    found = await index.search(person(1), "m")
    assert [match.driver_id for match in found.matches] == [driver_id]
    assert await index.withdraw("a") == driver_id
    with pytest.raises(DriverNotFound, match=r"^user not found$"):
        await index.register(99, faces(1), "b")
    await index.check_health()


async def test_says_what_it_measures_and_how_its_index_is(settings: Settings) -> None:
    index = await started(settings, Encoder())
    await index.register(None, faces(1), "a")
    measured = await index.measurements()
    samples = {
        one.name: one.value
        for family in measured.families
        for one in family.samples
        if one.labels == {"shard": "0"}
    }
    assert measured.replica == "abcd"
    assert samples["gatehouse_gallery_open"] == 1
    assert samples["gatehouse_gallery_drivers"] == 1


async def test_answers_each_probe_of_a_batch(settings: Settings) -> None:
    index = await started(settings, Encoder())
    ids = [await index.register(None, faces(number), str(number)) for number in range(4)]
    found = await asyncio.gather(*(index.search(person(number), "m") for number in range(4)))
    assert [answer.matches[0].driver_id for answer in found] == ids


async def test_starts_without_its_database_and_opens_the_gallery_when_it_comes(
    settings: Settings, database: Path
) -> None:
    database.mkdir()  # nothing can be opened there
    index = await started(settings, Encoder())
    await index.check_health()
    for call in (
        index.search(person(1), "m"),
        index.register(None, faces(1), "a"),
        index.withdraw("a"),
    ):
        with pytest.raises(
            GalleryUnavailable, match=r"^the driver gallery is not open yet, try again shortly$"
        ):
            await call
    database.rmdir()
    await opened(index)
    assert await index.register(None, faces(1), "a") == 1
    await index.check_health()


async def test_starts_without_its_encoder_and_opens_the_gallery_when_it_comes(
    settings: Settings,
) -> None:
    encoder = Encoder(model_id=None)
    index = await started(settings, encoder)
    with pytest.raises(GalleryUnavailable):
        await index.search(person(1), "m")
    encoder.model_id = "m"
    await opened(index)
    assert (await index.search(person(1), "m")).gallery_size == 0


async def test_a_gallery_that_cannot_work_as_configured_fails_the_start() -> None:
    settings = Settings.model_validate({"gallery": {"database_url": "mysql://host/db"}})
    with pytest.raises(ConfigurationError, match=r"^gallery.database_url names mysql; "):
        await started(settings, Encoder())


async def test_refuses_another_models_vectors_and_follows_the_encoder_to_its_model(
    settings: Settings,
) -> None:
    encoder = Encoder("old")
    index = await started(settings, encoder)
    await index.register(None, faces(1, "old"), "a")
    for call in (index.search(person(1), "new"), index.register(None, faces(1, "new"), "b")):
        with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
            await call
        await opened(index)
    assert (await index.search(person(1), "old")).gallery_size == 1
    encoder.model_id = "new"
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        await index.search(person(1), "new")
    await opened(index)
    assert (await index.search(person(1), "new")).gallery_size == 0
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        await index.register(None, faces(1, "old"), "c")


async def test_is_healthy_and_searches_while_writes_wait_until_one_is_stuck(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await started(settings, Encoder())
    gate = threading.Event()
    monkeypatch.setattr(index._gallery, "register", lambda *_: gate.wait(20))
    writes = [asyncio.create_task(index.register(None, faces(1), str(n))) for n in range(65)]
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded):
        await index.register(None, faces(1), "one too many")
    async with asyncio.timeout(5):
        await index.check_health()
        await index.search(person(1), "m")
    monkeypatch.setattr(driver_index, "_STUCK_AFTER_S", 0.0)
    with pytest.raises(TimeoutError, match=r"^a call of the gallery has been running for 0 s$"):
        await index.check_health()
    gate.set()
    await asyncio.gather(*writes)


async def test_a_batch_of_searches_may_be_followed_by_as_many_lookups(settings: Settings) -> None:
    index = await started(settings, Encoder())
    driver_id = await index.register(None, faces(1), "a")
    records = await asyncio.gather(*(index.records("drivers", "get", driver_id) for _ in range(64)))
    assert [record.driver_id for record in records] == [driver_id] * 64


async def test_searches_while_a_long_export_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await started(settings, Encoder())
    gate = threading.Event()
    monkeypatch.setattr(WholeGallery, "export", lambda *_: gate.wait(20))
    export = asyncio.create_task(index.records("drivers", "export", 0, 200, True))
    async with asyncio.timeout(5):
        assert (await index.search(person(1), "m")).gallery_size == 0
    assert not export.done()
    gate.set()
    assert await export


async def test_a_long_report_holds_up_neither_events_nor_the_health_check(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await started(settings, Encoder())
    gate = threading.Event()
    monkeypatch.setattr(EventJournal, "figures", lambda *_: gate.wait(20))
    monkeypatch.setattr(driver_index, "_STUCK_AFTER_S", 0.0)
    reports = [asyncio.create_task(index.records("events", "figures")) for _ in range(5)]
    async with asyncio.timeout(5):
        assert await index.records("events", "last_id") == 0
    with pytest.raises(Overloaded):
        await index.records("events", "figures")
    await index.check_health()
    gate.set()
    assert all(await asyncio.gather(*reports))


async def test_a_gate_is_answered_while_the_journal_is_searched_until_that_is_stuck(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await started(settings, Encoder())
    gate = threading.Event()
    monkeypatch.setattr(EventJournal, "page", lambda *_: gate.wait(20))
    pages = [asyncio.create_task(index.records("events", "page")) for _ in range(65)]
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded):
        await index.records("events", "last_id")
    async with asyncio.timeout(5):
        match = await index.records("vehicles", "match", SeenPlate("30A", (0.9,) * 3), 0.9)
        assert match.vehicle is None
        await index.check_health()
    monkeypatch.setattr(driver_index, "_STUCK_AFTER_S", 0.0)
    with pytest.raises(TimeoutError, match=r"^a call of the gallery has been running for 0 s$"):
        await index.check_health()
    gate.set()
    assert all(await asyncio.gather(*pages))


async def test_holds_the_drivers_of_its_shard_and_writes_those_of_all(settings: Settings) -> None:
    two = settings.gallery.model_copy(update={"shards": 2})
    settings = settings.model_copy(update={"gallery": two})
    shards = [await started(settings, Encoder(), shard) for shard in range(2)]
    for index in shards:
        await opened(index)
    ids = [await shards[0].register(None, faces(number), str(number)) for number in range(3)]
    assert ids == [1, 2, 3]
    found = [await index.search(person(0), "m") for index in shards]
    held = [sorted(match.driver_id for match in answer.matches) for answer in found]
    assert held == [[2], [1, 3]]
    status = await shards[1].status()
    assert (status.shard, status.shards, status.drivers, status.kind) == (1, 2, 2, "exact")


async def test_holds_a_registration_against_those_since_it_was_judged(
    settings: Settings,
) -> None:
    index = await started(settings, Encoder())
    await opened(index)
    await index.register(None, faces(1), "a")
    with pytest.raises(AlreadyEnrolled, match=r"^the face is that of driver 1, "):
        await index.register(None, faces(1), "b", DriverDetails(), None, Judged(0.5, 0))
    assert await index.register(None, faces(1), "b", DriverDetails(), None, Judged(0.5, 1)) == 2


async def test_runs_the_methods_of_the_stores_books_and_no_others(settings: Settings) -> None:
    index = await started(settings, Encoder())
    await opened(index)
    driver_id = await index.register(None, faces(1), "a", DriverDetails(name="Ada"), "print")
    record = await index.records("drivers", "update", driver_id, {"notes": "day shift"}, version=1)
    assert record == await index.records("drivers", "get", driver_id)
    assert (record.details.name, record.details.notes) == ("Ada", "day shift")
    assert await index.records("drivers", "erase", driver_id) == ("1.jpg",)
    with pytest.raises(DriverNotFound):
        await index.records("drivers", "get", driver_id)
    with pytest.raises(ValueError, match=r"^there is no method '_store' of a book 'drivers'$"):
        await index.records("drivers", "_store")
    with pytest.raises(ValueError, match=r"^there is no method 'get' of a book 'cars'$"):
        await index.records("cars", "get")


async def test_is_replaced_when_nothing_follows_the_store_any_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await started(settings, Encoder())
    await opened(index)
    await index.check_health()
    monkeypatch.setattr(Gallery, "failed", True)
    with pytest.raises(
        RuntimeError, match=r"^the upkeep of the gallery's index has ended by an error$"
    ):
        await index.check_health()
