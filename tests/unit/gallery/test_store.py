from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from configs.settings import GallerySettings
from pipelines.errors import ConfigurationError, DriverNotFound, Unavailable
from pipelines.gallery.database import open_engine
from pipelines.gallery.records import ChangeKind, Head
from pipelines.gallery.schema import embeddings, faces
from pipelines.gallery.store import GalleryStore
from pipelines.types import Vector
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import row_counts


def run_sql(settings: GallerySettings, statement: str) -> None:
    engine = open_engine(settings)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_gives_new_drivers_the_ids_from_one(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    assert [store.register([enrol(person(n))] * 3) for n in range(3)] == [1, 2, 3]
    assert store.driver_count() == 3


def test_never_gives_an_erased_id_to_another_driver(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    last = store.register([enrol(person(2))])
    store.erase(last)
    assert store.register([enrol(person(3))]) == last + 1


def test_logs_every_write_without_gaps_and_in_order(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1))] * 3)
    second = store.register([enrol(person(2))] * 3)
    store.register([enrol(person(1))], first)
    store.erase(second)
    log = store.changes_since(0)
    assert [(c.sequence, c.kind, c.driver_id) for c in log] == [
        (1, ChangeKind.DRIVER_REGISTERED, first),
        (2, ChangeKind.DRIVER_REGISTERED, second),
        (3, ChangeKind.FACES_ADDED, first),
        (4, ChangeKind.DRIVER_ERASED, second),
    ]
    assert store.head_sequence() == 4
    assert [c.sequence for c in store.changes_since(2)] == [3, 4]


def test_keeps_moments_in_utc(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    driver_id = store.register([enrol(person(1))])
    for at in (store.changes_since(0)[0].at, store.faces_of(driver_id)[0].created_at):
        assert at.tzinfo == UTC
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


@pytest.mark.parametrize("driver_id", [-1, 0, 2, 2**63, 2**70])
def test_refuses_faces_for_an_unknown_driver_and_writes_nothing(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol, driver_id: int
) -> None:
    store.register([enrol(person(1))])
    before = row_counts(settings)
    with pytest.raises(DriverNotFound, match=r"^user not found$"):
        store.register([enrol(person(2))], driver_id)
    assert row_counts(settings) == before
    assert store.head_sequence() == 1


@pytest.mark.parametrize("method", ["erase", "faces_of"])
def test_says_that_an_unknown_driver_is_not_found(store: GalleryStore, method: str) -> None:
    with pytest.raises(DriverNotFound, match=r"^user not found$"):
        getattr(store, method)(7)
    assert store.head_sequence() == 0


def test_a_registration_that_fails_at_its_end_leaves_no_row(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    run_sql(settings, "ALTER TABLE changes RENAME TO changes_away")
    with pytest.raises(DBAPIError, match="changes"):
        store.register([enrol(person(1))] * 3)
    run_sql(settings, "ALTER TABLE changes_away RENAME TO changes")
    assert row_counts(settings) == {"drivers": 0, "faces": 0, "changes": 0}
    assert store.head_sequence() == 0
    store.register([enrol(person(1))] * 3)
    assert row_counts(settings) == {"drivers": 1, "faces": 3, "changes": 1}


def test_erasing_removes_every_face_and_names_the_crops(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    kept = store.register([enrol(person(1), "kept.jpg")])
    erased = store.register([enrol(person(2), f"{n}.jpg") for n in range(3)])
    assert store.erase(erased) == ("0.jpg", "1.jpg", "2.jpg")
    assert row_counts(settings) == {"drivers": 1, "faces": 1, "changes": 3}
    assert [face.crop_key for face in store.faces_of(kept)] == ["kept.jpg"]


def test_puts_the_best_face_first(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    sizes = {"small.jpg": 30.0, "large.jpg": 90.0, "middle.jpg": 60.0}
    driver_id = store.register([enrol(person(1), key, size) for key, size in sizes.items()])
    assert [face.crop_key for face in store.faces_of(driver_id)] == [
        "large.jpg",
        "middle.jpg",
        "small.jpg",
    ]


def test_stores_vectors_as_little_endian_float32_with_the_model_and_the_aligned_face(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    engine = open_engine(settings)
    with engine.connect() as connection:
        row = connection.execute(select(faces)).one()
        embedding = connection.execute(select(embeddings)).one()
    engine.dispose()
    assert np.frombuffer(embedding.vector, dtype="<f4").tolist() == person(1).tolist()
    assert (embedding.face_id, embedding.model_id) == (row.face_id, MODEL)
    assert row.aligned_png == b"png"
    assert row.size_px == 100.0


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (np.ones(DIMENSION + 1, np.float32), r"a vector of shape \(17,\), not \(16,\)"),
        (np.zeros(DIMENSION, np.float32), r"a vector of norm 0.0, not 1"),
        (np.full(DIMENSION, np.nan, np.float32), r"a vector of norm nan, not 1"),
    ],
)
def test_refuses_a_vector_that_is_not_of_its_model(
    store: GalleryStore, enrol: Enrol, vector: Vector, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        store.register([enrol(vector)])
    assert store.head_sequence() == 0


def test_refuses_a_registration_without_faces(store: GalleryStore) -> None:
    with pytest.raises(ValueError, match="a registration needs at least one face"):
        store.register([])


def test_updates_hold_the_mean_of_a_drivers_vectors_at_unit_length(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1)), enrol(person(2))])
    mean = person(1) + person(2)
    update = store.update_since(None)
    assert update.complete
    assert update.driver_ids.tolist() == [1]
    np.testing.assert_allclose(update.templates[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_updates_name_only_what_changed(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    for number in range(3):
        store.register([enrol(person(number))])
    since = store.head()
    store.erase(1)
    store.register([enrol(person(9))], 3)
    update = store.update_since(since)
    assert not update.complete
    assert update.touched.tolist() == [1, 3]
    assert update.driver_ids.tolist() == [3]
    assert update.head == store.head()
    assert update.head.sequence == since.sequence + 2


def test_updates_leave_out_faces_of_another_model(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))])
    other = GalleryStore.open(settings, "other-model", DIMENSION)
    assert other.update_since(None).driver_ids.size == 0
    assert other.faces_of(driver_id) == ()
    other.register([enrol(person(2), model_id="other-model")], driver_id)
    np.testing.assert_allclose(store.update_since(None).templates[0], person(1), atol=1e-6)
    np.testing.assert_allclose(other.update_since(None).templates[0], person(2), atol=1e-6)
    other.close()


def test_refuses_to_read_vectors_of_another_length_under_the_same_model(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    shorter = GalleryStore.open(settings, MODEL, DIMENSION // 2)
    with pytest.raises(
        ConfigurationError,
        match=r"^the gallery holds vectors of model test-model that are not of length 8; "
        r"give a changed model another model_id$",
    ):
        shorter.update_since(None)
    shorter.close()


def test_reads_many_drivers_at_once(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    for number in range(130):
        store.register([enrol(person(number))])
    for update in (store.update_since(None), store.update_since(Head(0, ""))):
        assert update.driver_ids.tolist() == list(range(1, 131))
        np.testing.assert_allclose(update.templates[77], person(77), atol=1e-6)


def test_refuses_faces_of_another_model(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        store.register([enrol(person(1)), enrol(person(1), model_id="other-model")])
    assert store.head_sequence() == 0


def test_a_change_that_is_not_in_the_log_gets_the_whole_gallery(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(3):
        store.register([enrol(person(number))])
    known = store.head()
    assert not store.update_since(known).complete
    assert store.update_since(Head(known.sequence, "of another life")).complete
    assert store.update_since(Head(known.sequence + 1, known.token)).complete
