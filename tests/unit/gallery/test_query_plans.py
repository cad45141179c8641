"""What a gallery of a million drivers must never do: scan faces or sort vectors to answer."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from configs.settings import GallerySettings, RetentionSettings
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import Head
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person


@pytest.fixture
def filled(sqlite_url: str, person: Person, enrol: Enrol) -> Iterator[GalleryStore]:
    store = GalleryStore.open(GallerySettings(database_url=sqlite_url), MODEL, DIMENSION)
    for number in range(5):
        details = DriverDetails(f"driver {number}", f"HR-{number}")
        store.register([enrol(person(number))] * 2, details=details)
    yield store
    store.close()


def plan(store: GalleryStore, work: Callable[[], object]) -> list[str]:
    """Steps that SQLite takes for the statements of some work, reads of the head left out."""
    statements: list[tuple[str, Any]] = []
    engine = store._reads

    def heard(*said: Any) -> None:
        if str(said[2]).startswith(("SELECT", "UPDATE", "DELETE")):
            statements.append((str(said[2]), said[3]))

    event.listen(engine, "before_cursor_execute", heard)
    work()
    event.remove(engine, "before_cursor_execute", heard)
    steps: list[str] = []
    with engine.connect() as connection:
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps += [row[3] for row in rows]
    return [step for step in steps if step != "SCAN gallery_head"]


def test_no_everyday_call_scans_a_table(filled: GalleryStore, person: Person, enrol: Enrol) -> None:
    directory, head = filled.directory, filled.head()
    judged = Judged(0.99, 2, (2,))
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: directory.get(1),
        "page": lambda: directory.page(after=2, limit=2),
        "external id": lambda: directory.page(external_id="HR-1"),
        "query": lambda: directory.page(query="driver"),
        "faces": lambda: directory.faces(1),
        "template": lambda: directory.template(1),
        "likeness": lambda: directory.likeness(1, [person(1)]),
        "update": lambda: directory.update(1, {"external_id": "HR-9"}),
        "remove face": lambda: directory.remove_face(1, 1),
        "merge": lambda: directory.merge(2, 3, least=-1.0),
        "token": lambda: directory.was_used("b"),
        "erase": lambda: directory.erase(4),
        "export": lambda: directory.export(0, 10, pictures=True),
        "unembedded": lambda: directory.unembedded("new", 10),
        "follow": lambda: filled.update_since(head),
        "register": lambda: filled.register([enrol(person(9))], judged=judged),
        "add faces": lambda: filled.register([enrol(person(8))], 1, judged=judged),
        "retry": lambda: filled.withdraw("a"),
        "due": lambda: directory.erase_expired(
            5, datetime.now(UTC), RetentionSettings(driver_days=1, expired_days=1)
        ),
    }
    scans = {
        name: [step for step in plan(filled, call) if step.startswith("SCAN")]
        for name, call in calls.items()
    }
    assert {name: steps for name, steps in scans.items() if steps} == {}


def test_a_page_counts_faces_by_the_index_of_drivers(filled: GalleryStore) -> None:
    assert plan(filled, filled.directory.page) == [
        "SEARCH drivers USING INTEGER PRIMARY KEY (rowid>?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH faces USING COVERING INDEX ix_faces_driver_id (driver_id=?)",
        "SEARCH embeddings USING COVERING INDEX sqlite_autoindex_embeddings_1 "
        "(face_id=? AND model_id=?)",
    ]


@pytest.mark.parametrize("shards", [1, 4])
def test_a_whole_gallery_is_read_without_pictures_and_without_sorting(
    filled: GalleryStore, shards: int
) -> None:
    assert plan(filled, lambda: filled.update_since(None, 0, shards)) == [
        "SCAN faces USING COVERING INDEX ix_faces_driver_id",
        "SEARCH embeddings USING INDEX sqlite_autoindex_embeddings_1 (face_id=? AND model_id=?)",
    ]


def test_following_reads_only_the_drivers_that_changed(filled: GalleryStore) -> None:
    steps = plan(filled, lambda: filled.update_since(Head(0, "")))
    assert "SEARCH faces USING COVERING INDEX ix_faces_driver_id (driver_id=?)" in steps
