from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, event, make_url, text

from configs.settings import GallerySettings
from pipelines.errors import GalleryUnavailable, Unavailable
from pipelines.gallery.database import open_engine
from pipelines.gallery.gallery import Gallery
from tests.unit.conftest import DIMENSION, Enrol, Person
from tests.unit.gallery.conftest import OpenGallery


def run_sql(url: str, *statements: str) -> None:
    engine = open_engine(GallerySettings(database_url=url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def away(url: str) -> Iterator[None]:
    """Keeps a database from being connected to."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        moved = file.with_suffix(".moved")
        file.rename(moved)
        file.mkdir()
        yield
        file.rmdir()
        moved.rename(file)
        return
    admin = create_engine(
        parsed.set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        alter = f"ALTER DATABASE {parsed.database} WITH ALLOW_CONNECTIONS"
        connection.execute(text(f"{alter} false"))
        yield
        connection.execute(text(f"{alter} true"))
    admin.dispose()


def nearest(gallery: Gallery, person: Person, number: int) -> int | None:
    matches = gallery.search(person(number)[None])[0].matches
    return matches[0].driver_id if matches and matches[0].similarity > 0.99 else None


def test_an_empty_gallery_finds_nobody(
    database_url: str, open_gallery: OpenGallery, person: Person
) -> None:
    answer = open_gallery(database_url).search(person(1)[None])[0]
    assert (answer.matches, answer.gallery_size, answer.sequence) == ((), 0, 0)


def test_every_replica_sees_a_registration_an_addition_and_an_erasure_at_once(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    writer, reader = open_gallery(database_url), open_gallery(database_url)
    driver_id = writer.register([enrol(person(1))] * 3)
    assert nearest(reader, person, 1) == driver_id
    writer.register([enrol(person(2))] * 300, driver_id)
    assert nearest(reader, person, 1) is None
    assert nearest(reader, person, 2) == driver_id
    reader.store.erase(driver_id)
    assert nearest(writer, person, 2) is None
    assert nearest(reader, person, 2) is None
    assert (reader.size, reader.sequence) == (0, 3)


def test_the_status_is_as_of_now_though_nobody_searched(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    one, other = open_gallery(database_url), open_gallery(database_url)
    driver_id = one.store.register([enrol(person(1))])
    assert (other.status().drivers, other.status().sequence) == (1, 1)
    one.store.erase(driver_id)
    assert (other.status().drivers, other.status().sequence) == (0, 2)
    other.store.close()
    with away(database_url), pytest.raises(GalleryUnavailable):
        other.status()


def test_a_gallery_opened_later_knows_what_was_registered_before(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    first = open_gallery(database_url)
    ids = [first.register([enrol(person(number))]) for number in range(5)]
    first.close()
    second = open_gallery(database_url)
    assert second.size == 5
    assert [nearest(second, person, number) for number in range(5)] == ids


def test_names_the_nearest_drivers_best_first(
    sqlite_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(sqlite_url)
    for number in range(20):
        gallery.register([enrol(person(number))])
    answer = gallery.search(person(4)[None])[0]
    cosines = {number + 1: float(person(number) @ person(4)) for number in range(20)}
    expected = sorted(cosines, key=lambda driver_id: -cosines[driver_id])[:5]
    assert [match.driver_id for match in answer.matches] == expected
    assert answer.matches[1].similarity == pytest.approx(cosines[expected[1]], abs=1e-6)
    assert answer.gallery_size == 20


def test_drivers_of_another_model_are_neither_found_nor_counted(
    sqlite_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    old, new = open_gallery(sqlite_url, "old-model"), open_gallery(sqlite_url, "new-model")
    driver_id = old.register([enrol(person(1), model_id="old-model")])
    answer = new.search(person(1)[None])[0]
    assert (answer.matches, answer.gallery_size, answer.sequence) == ((), 0, 1)
    assert new.store.faces_of(driver_id) == ()


def test_a_batch_asks_the_store_once(
    sqlite_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(sqlite_url)
    gallery.register([enrol(person(1))])
    gallery.search(person(1)[None])
    statements: list[str] = []
    engine = gallery.store._reads

    @event.listens_for(engine, "before_cursor_execute")
    def _heard(*heard: object) -> None:
        statements.append(str(heard[2]))

    answers = gallery.search(np.stack([person(number) for number in range(32)]))
    assert len(answers) == 32
    assert [line for line in statements if line.startswith("SELECT")] == [
        "SELECT gallery_head.sequence, gallery_head.token \nFROM gallery_head"
    ]


def test_gives_no_answer_from_the_past_and_recovers_by_itself(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(database_url)
    driver_id = gallery.register([enrol(person(1))])
    assert nearest(gallery, person, 1) == driver_id
    gallery.close()
    with away(database_url):
        for call in (
            lambda: gallery.search(person(1)[None]),
            lambda: gallery.register([enrol(person(2))]),
            lambda: gallery.withdraw("a"),
            lambda: gallery.store.erase(driver_id),
            gallery.check,
        ):
            with pytest.raises(
                GalleryUnavailable,
                match=r"^the driver gallery cannot be reached now, try again later$",
            ):
                call()
    gallery.check()
    assert nearest(gallery, person, 1) == driver_id


def test_lost_server_connections_are_replaced(
    postgresql_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(postgresql_url)
    driver_id = gallery.register([enrol(person(1))])
    run_sql(
        postgresql_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert nearest(gallery, person, 1) == driver_id


def test_follows_a_database_that_was_set_back(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(database_url)
    for number in range(3):
        gallery.register([enrol(person(number))])
    assert nearest(gallery, person, 2) == 3
    run_sql(
        database_url,
        "DELETE FROM drivers WHERE driver_id = 3",
        "DELETE FROM changes WHERE sequence = 3",
        "UPDATE gallery_head SET sequence = 2",
    )
    assert nearest(gallery, person, 2) is None
    assert (gallery.size, gallery.sequence) == (2, 2)


def test_follows_a_backup_that_has_grown_to_the_same_number(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery, other = open_gallery(database_url), open_gallery(database_url)
    for number in range(3):
        gallery.register([enrol(person(number))])
    assert nearest(gallery, person, 2) == 3
    run_sql(
        database_url,
        "DELETE FROM drivers WHERE driver_id = 3",
        "DELETE FROM changes WHERE sequence = 3",
        "UPDATE gallery_head SET sequence = 2",
    )
    other.register([enrol(person(7))])
    assert gallery.sequence == other.store.head_sequence() == 3
    assert nearest(gallery, person, 2) is None
    assert nearest(gallery, person, 7) == 4


def test_warns_of_a_new_driver_who_resembles_another(
    sqlite_url: str,
    open_gallery: OpenGallery,
    person: Person,
    enrol: Enrol,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gallery = open_gallery(sqlite_url)
    first = gallery.register([enrol(person(1))] * 3)
    gallery.register([enrol(-person(1))] * 3)
    gallery.register([enrol(person(1))], first)
    assert caplog.messages == []
    assert gallery.register([enrol(person(1))] * 3) == 3
    assert caplog.messages == [
        "new driver 3 resembles driver 1 (cosine 1.00): if both are one person, neither is "
        "recognised until one of them is erased"
    ]


def test_refuses_another_model(sqlite_url: str, open_gallery: OpenGallery) -> None:
    gallery = open_gallery(sqlite_url, "new-model")
    gallery.require_model("new-model")
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        gallery.require_model("old-model")


def test_threads_may_register_and_search_at_once(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    galleries = [open_gallery(database_url), open_gallery(database_url)]

    def enrolled(number: int) -> bool:
        driver_id = galleries[number % 2].register([enrol(person(number))] * 3)
        return all(nearest(gallery, person, number) == driver_id for gallery in galleries)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(enrolled, range(60)))
    log = galleries[0].store.changes_since(0)
    assert [change.sequence for change in log] == list(range(1, 61))


@pytest.mark.parametrize("shape", [(DIMENSION,), (1, DIMENSION + 1)])
def test_refuses_probes_of_another_shape(
    sqlite_url: str, open_gallery: OpenGallery, shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="vectors of shape"):
        open_gallery(sqlite_url).search(np.zeros(shape, np.float32))


def test_the_database_file_holds_no_erased_vector(
    tmp_path: Path, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    gallery = open_gallery(f"sqlite:///{tmp_path}/g.db")
    gallery.register([enrol(person(1))])
    erased = gallery.register([enrol(person(2))])
    gallery.store.erase(erased)
    gallery.close()  # the last connection folds the write-ahead log into the file
    kept = (tmp_path / "g.db").read_bytes()
    assert person(1).tobytes() in kept
    assert person(2).tobytes() not in kept
