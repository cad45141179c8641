"""Writers that meet: whoever comes second sees what the first has done, and nobody waits for ever.

The threads use stores of their own, as replicas in other processes do; a barrier lets them start
together.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import select, text

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    FaceNotFound,
    GalleryUnavailable,
    GatehouseError,
    IdempotencyKeyReused,
    VersionMismatch,
)
from pipelines.gallery.database import for_writes, open_engine
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.schema import embeddings, faces
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import row_counts

ROUNDS = 6


@pytest.fixture
def two(settings: GallerySettings) -> Iterator[tuple[GalleryStore, GalleryStore]]:
    stores = tuple(GalleryStore.open(settings, MODEL, DIMENSION) for _ in range(2))
    yield stores[0], stores[1]
    for store in stores:
        store.close()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returned or raised of our own; any other error fails the test."""
    start = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return call()
        except GatehouseError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def kinds(outcomes: Sequence[object]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def assert_sound(store: GalleryStore) -> None:
    """No vector without its face, no face without its driver, no gap in the log."""
    log = store.changes_since(0)
    assert [change.sequence for change in log] == list(range(1, len(log) + 1))
    assert store.head_sequence() == len(log)
    with store.seeing_one_state() as connection:
        orphans = select(embeddings.c.face_id).where(
            embeddings.c.face_id.not_in(select(faces.c.face_id))
        )
        assert connection.execute(orphans).all() == []
        lost = "SELECT face_id FROM faces WHERE driver_id NOT IN (SELECT driver_id FROM drivers)"
        assert connection.execute(text(lost)).all() == []


def test_one_external_id_goes_to_one_of_many(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    details = DriverDetails(external_id="HR-7")
    for _ in range(ROUNDS):
        outcomes = at_once(
            *(partial(store.register, [enrol(person(1))], details=details) for store in two * 3)
        )
        assert kinds(outcomes) == ["ExternalIdTaken"] * 5 + ["int"]
        two[0].erase(next(one for one in outcomes if isinstance(one, int)))
    first, second = (two[0].register([enrol(person(n))]) for n in (1, 2))
    outcomes = at_once(
        lambda: two[0].directory.update(first, {"external_id": "X"}),
        lambda: two[1].directory.update(second, {"external_id": "X"}),
    )
    assert kinds(outcomes) == ["DriverRecord", ExternalIdTaken.__name__]
    assert_sound(two[0])


def test_one_of_two_updates_of_one_version_wins(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    driver_id = two[0].register([enrol(person(1))])
    for version in range(1, ROUNDS + 1):
        outcomes = at_once(
            partial(two[0].directory.update, driver_id, {"name": f"a{version}"}, version),
            partial(two[1].directory.update, driver_id, {"name": f"b{version}"}, version),
        )
        assert kinds(outcomes) == ["DriverRecord", VersionMismatch.__name__]
    assert two[0].directory.get(driver_id).version == ROUNDS + 1
    assert_sound(two[0])


def test_updates_of_different_details_are_both_kept(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    driver_id = two[0].register([enrol(person(1))])
    for number in range(ROUNDS):
        at_once(
            partial(two[0].directory.update, driver_id, {"name": f"name {number}"}),
            partial(two[1].directory.update, driver_id, {"notes": f"note {number}"}),
        )
        details = two[0].directory.get(driver_id).details
        assert (details.name, details.notes) == (f"name {number}", f"note {number}")
    assert two[0].directory.get(driver_id).version == 2 * ROUNDS + 1


def test_faces_added_while_a_driver_is_erased_do_not_outlive_it(
    two: tuple[GalleryStore, GalleryStore], settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    for number in range(ROUNDS):
        driver_id = two[0].register([enrol(person(1), f"{number}.jpg")])
        added, keys = at_once(
            partial(two[0].register, [enrol(person(2), "late.jpg")], driver_id),
            partial(two[1].erase, driver_id),
        )
        if isinstance(added, DriverNotFound):
            assert keys == (f"{number}.jpg",)
        else:
            assert (added, keys) == (driver_id, (f"{number}.jpg", "late.jpg"))
        assert row_counts(settings)["faces"] == 0
    assert_sound(two[0])


def test_an_erased_face_never_gets_a_vector(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    for _ in range(ROUNDS):
        driver_id = two[0].register([enrol(person(1))] * 2)
        one, other = (face.face_id for face in two[0].directory.faces(driver_id))
        vectors = {one: person(3), other: person(4)}
        at_once(
            partial(two[0].directory.add_embeddings, "new", vectors),
            partial(two[1].directory.remove_face, driver_id, one),
        )
        at_once(
            partial(two[0].directory.add_embeddings, "newer", vectors),
            partial(two[1].erase, driver_id),
        )
    assert_sound(two[0])
    with two[0].reading() as connection:
        assert connection.execute(select(embeddings.c.face_id)).all() == []


def test_two_merges_of_the_same_two_drivers_leave_one_of_them(
    two: tuple[GalleryStore, GalleryStore], settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    for number in range(1, ROUNDS + 1):
        first, second = (two[0].register([enrol(person(n))]) for n in (1, 2))
        outcomes = at_once(
            partial(two[0].directory.merge, first, second),
            partial(two[1].directory.merge, second, first),
        )
        assert kinds(outcomes) == ["DriverNotFound", "DriverRecord"]
        assert row_counts(settings)["drivers"] == number
        assert row_counts(settings)["faces"] == 2 * number
    assert_sound(two[0])


def test_a_merge_beside_an_erasure_loses_no_face_of_the_driver_that_stays(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    for _ in range(ROUNDS):
        kept, other = (two[0].register([enrol(person(n))]) for n in (1, 2))
        merged, erased = at_once(
            partial(two[0].directory.merge, kept, other),
            partial(two[1].erase, other),
        )
        record = two[0].directory.get(kept)
        if isinstance(merged, DriverNotFound):
            assert (record.face_count, erased) == (1, ("crop.jpg",))
        else:
            assert record.face_count == 2
            assert isinstance(erased, DriverNotFound)
    assert_sound(two[0])


def test_one_face_is_removed_once(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    driver_id = two[0].register([enrol(person(1))] * (ROUNDS + 1))
    for face in two[0].directory.faces(driver_id)[1:]:
        outcomes = at_once(
            partial(two[0].directory.remove_face, driver_id, face.face_id),
            partial(two[1].directory.remove_face, driver_id, face.face_id),
        )
        assert kinds(outcomes) == ["DriverRecord", FaceNotFound.__name__]
    assert two[0].directory.get(driver_id).version == ROUNDS + 1
    assert_sound(two[0])


def test_one_token_with_two_requests_registers_one_of_them(
    two: tuple[GalleryStore, GalleryStore], settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    for number in range(ROUNDS):
        outcomes = at_once(
            *(
                partial(store.register, [enrol(person(1))], token=f"t{number}", fingerprint=f)
                for store, f in zip(two * 2, "abab", strict=True)
            )
        )
        assert kinds(outcomes) == [IdempotencyKeyReused.__name__] * 2 + ["int"] * 2
        assert row_counts(settings)["drivers"] == number + 1


def test_every_kind_of_write_at_once_ends_and_leaves_a_sound_gallery(
    two: tuple[GalleryStore, GalleryStore], person: Person, enrol: Enrol
) -> None:
    ids = [two[0].register([enrol(person(n), f"{n}.jpg")] * 2) for n in range(8)]
    exported = two[0].directory.export(0, 3, pictures=True)
    a, b = (store.directory for store in two)
    for number in range(3):
        outcomes = at_once(
            lambda: two[0].register([enrol(person(20))], ids[0]),
            lambda: two[1].register([enrol(person(21))]),
            partial(a.update, ids[0], {"external_id": f"x{number}"}),
            lambda: b.merge(ids[0], ids[1]),
            lambda: a.merge(ids[2], ids[0]),
            lambda: b.remove_face(ids[3], 7),
            lambda: a.erase(ids[4]),
            lambda: b.add_embeddings("new", dict.fromkeys(range(1, 17), person(5))),
            lambda: a.drop_model("new"),
            partial(b.bring_in, exported, f"import {number}"),
            lambda: a.removals_done(b.pending_removals(5)),
            partial(two[1].withdraw, f"w{number}"),
            lambda: two[1].update_since(None).templates.shape,
        )
        passed = (DriverNotFound, FaceNotFound)
        failed = [
            o for o in outcomes if isinstance(o, GatehouseError) and not isinstance(o, passed)
        ]
        assert failed == []
        assert_sound(two[0])


def test_writers_that_cannot_get_their_turn_say_so_and_change_nothing(
    database_url: str, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=database_url, busy_timeout_s=0.2)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    first, second = (store.register([enrol(person(n))] * 2) for n in (1, 2))
    exported = store.directory.export(0, 1, pictures=False)
    before = (row_counts(settings), store.head())
    engine = open_engine(settings)
    directory = store.directory
    with for_writes(engine).begin() as blocking:
        blocking.execute(text("UPDATE gallery_head SET sequence = sequence"))
        for write in (
            lambda: directory.update(first, {"name": "Ann"}),
            lambda: directory.erase(first),
            lambda: directory.remove_face(first, 1),
            lambda: directory.merge(first, second),
            lambda: directory.bring_in(exported, "a"),
            lambda: directory.add_embeddings("new", {1: person(3)}),
            lambda: directory.drop_model("new"),
            lambda: directory.removals_done(["a.jpg"]),
        ):
            with pytest.raises(GalleryUnavailable):
                write()
        assert directory.get(first).face_count == 2  # readers are not in anybody's way
    assert (row_counts(settings), store.head()) == before
    assert directory.update(first, {"name": "Ann"}).version == 2
    engine.dispose()
    store.close()


def test_a_server_that_isolates_more_strictly_makes_no_write_fail(
    postgresql_url: str, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=postgresql_url)
    GalleryStore.open(settings, MODEL, DIMENSION).close()
    engine = open_engine(settings)
    with engine.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        )
    engine.dispose()
    stores = [GalleryStore.open(settings, MODEL, DIMENSION) for _ in range(2)]
    for _ in range(ROUNDS):
        outcomes = at_once(*(partial(store.register, [enrol(person(1))]) for store in stores * 3))
        assert kinds(outcomes) == ["int"] * 6
    assert_sound(stores[0])
    for store in stores:
        store.close()
