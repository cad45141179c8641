"""Disks that are full, read-only or broken, and clocks that are wrong: clear errors, no loss."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from configs.settings import GallerySettings
from pipelines.errors import GalleryUnavailable
from pipelines.gallery import change_log, directory, face_rows
from pipelines.gallery import store as store_module
from pipelines.gallery.database import for_writes, open_engine
from pipelines.gallery.replica import IndexReplica
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import row_counts

AWAY = r"^the driver gallery cannot be reached now, try again later$"


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[GalleryStore]:
    store = GalleryStore.open(GallerySettings(database_url=sqlite_url), MODEL, DIMENSION)
    yield store
    store.close()


def pragma(store: GalleryStore, statement: str) -> Any:
    """On the one connection that the pool hands out to a single thread."""
    with store.reading() as connection:
        found = connection.execute(text(f"PRAGMA {statement}"))
        return found.scalar() if found.returns_rows else None


def test_a_full_disk_refuses_writes_and_loses_nothing(
    on_sqlite: GalleryStore, sqlite_url: str, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=sqlite_url)
    kept = on_sqlite.register([enrol(person(1))])
    before = (row_counts(settings), on_sqlite.head())
    pragma(on_sqlite, f"max_page_count = {pragma(on_sqlite, 'page_count')}")
    with pytest.raises(GalleryUnavailable, match=AWAY):
        for number in range(1000):
            on_sqlite.register([enrol(person(2), f"{number}")] * 50)
    assert on_sqlite.directory.get(kept).face_count == 1
    assert (row_counts(settings), on_sqlite.head()) == before
    pragma(on_sqlite, "max_page_count = 1000000")
    assert on_sqlite.register([enrol(person(2))]) == kept + 1


def test_a_database_that_became_read_only_is_still_read(
    on_sqlite: GalleryStore, person: Person, enrol: Enrol
) -> None:
    kept = on_sqlite.register([enrol(person(1))])
    pragma(on_sqlite, "query_only = ON")
    with pytest.raises(GalleryUnavailable, match=AWAY):
        on_sqlite.directory.erase(kept)
    assert on_sqlite.update_since(None).driver_ids.tolist() == [kept]
    pragma(on_sqlite, "query_only = OFF")
    on_sqlite.directory.erase(kept)
    assert on_sqlite.driver_count() == 0


def test_a_damaged_page_is_an_error_and_not_an_empty_gallery(
    tmp_path: Path, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=f"sqlite:///{tmp_path}/g.db")
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    for number in range(50):
        store.register([enrol(person(number))] * 3)
    with store.reading() as connection:
        root = connection.execute(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'embeddings'")
        ).scalar_one()
        size = connection.execute(text("PRAGMA page_size")).scalar_one()
    store.close()
    file = tmp_path / "g.db"
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[(root - 1) * size : root * size] = b"\xff" * size
    file.write_bytes(damaged)
    with pytest.raises(GalleryUnavailable, match=AWAY):
        store.update_since(None)
    store.close()
    file.write_bytes(whole)
    assert len(store.update_since(None).driver_ids) == 50
    store.close()


def test_a_clock_that_was_set_back_changes_no_order(
    store: GalleryStore, person: Person, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver_id = store.register([enrol(person(1))])
    since = store.head()

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Yesterday":
            moment = datetime.now(tz) - timedelta(days=1)
            return cls.fromtimestamp(moment.timestamp(), UTC)

    for module in (store_module, directory, change_log, face_rows):
        monkeypatch.setattr(module, "datetime", Yesterday)
    record = store.directory.update(driver_id, {"name": "Ann"})
    store.register([enrol(person(2))], driver_id)
    assert record.updated_at < record.created_at
    assert store.directory.get(driver_id).version == 3
    assert [change.sequence for change in store.changes_since(0)] == [1, 2, 3]
    assert store.update_since(since).touched.tolist() == [driver_id]
    assert store.directory.page(query="ann").drivers[0].face_count == 2


@pytest.mark.parametrize("method", ["erase", "remove_face"])
def test_neither_file_nor_write_ahead_log_holds_what_was_erased(
    on_sqlite: GalleryStore, sqlite_url: str, person: Person, enrol: Enrol, method: str
) -> None:
    on_sqlite.register([enrol(person(1))])
    erased = on_sqlite.register([enrol(person(2)), enrol(person(3))])
    calls: dict[str, Callable[[], object]] = {
        "erase": lambda: on_sqlite.directory.erase(erased),
        "remove_face": lambda: on_sqlite.directory.remove_face(erased, 2),
    }
    calls[method]()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    files = [one.read_bytes() for one in file.parent.glob(f"{file.name}*")]
    assert any(person(1).tobytes() in content for content in files)
    assert not any(person(2).tobytes() in content for content in files)


def test_a_reader_of_the_past_delays_the_scrubbing_but_not_the_erasure(
    on_sqlite: GalleryStore,
    sqlite_url: str,
    person: Person,
    enrol: Enrol,
    caplog: pytest.LogCaptureFixture,
) -> None:
    driver_id = on_sqlite.register([enrol(person(2))])
    other = on_sqlite.register([enrol(person(1))])
    log = Path(f"{sqlite_url.removeprefix('sqlite:///')}-wal")
    with on_sqlite.seeing_one_state() as connection:
        connection.execute(text("SELECT count(*) FROM faces")).scalar_one()
        on_sqlite.directory.erase(driver_id)
        assert on_sqlite.update_since(None).driver_ids.tolist() == [other]
        assert log.stat().st_size > 0
    on_sqlite.directory.removals_done([])
    assert log.stat().st_size == 0
    assert caplog.messages == []


def test_the_upkeep_scrubs_what_a_reader_or_a_kill_has_left(
    on_sqlite: GalleryStore, sqlite_url: str, person: Person, enrol: Enrol
) -> None:
    log = Path(f"{sqlite_url.removeprefix('sqlite:///')}-wal")
    erased = on_sqlite.register([enrol(person(2))])
    replica = IndexReplica(on_sqlite, GallerySettings(snapshots=None), 0)
    replica.keep_up()
    assert log.stat().st_size == 0
    with on_sqlite.seeing_one_state() as connection:
        connection.execute(text("SELECT count(*) FROM faces")).scalar_one()
        on_sqlite.directory.erase(erased)
        replica.keep_up()
        assert log.stat().st_size > 0
    replica.keep_up()
    assert log.stat().st_size == 0


def test_a_writer_beside_an_erasure_is_no_failure_of_it(
    on_sqlite: GalleryStore, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(GallerySettings(database_url=sqlite_url))
    with for_writes(engine).begin():
        on_sqlite.scrub()
    assert caplog.messages == []
    assert pragma(on_sqlite, "busy_timeout") == 10_000
    engine.dispose()
