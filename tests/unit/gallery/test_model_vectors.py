import numpy as np
import pytest
from sqlalchemy import func, select

from configs.settings import GallerySettings
from pipelines.errors import Conflict
from pipelines.gallery import model_vectors
from pipelines.gallery.records import ChangeKind, EnrolledFace
from pipelines.gallery.schema import embeddings
from pipelines.gallery.store import GalleryStore
from pipelines.types import FaceQuality
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person


def vectors_of(store: GalleryStore, model_id: str) -> int:
    query = select(func.count()).where(embeddings.c.model_id == model_id)
    with store.reading() as connection:
        return connection.execute(query.select_from(embeddings)).scalar_one()


def test_names_the_faces_that_lack_a_vector_in_the_order_of_ids(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))] * 5)
    without_picture = EnrolledFace(
        person(1), MODEL, 0.9, FaceQuality(1.0, 1.0, 1.0, 0.0, 0.0, 0.0), "", None
    )
    store.register([without_picture])
    assert store.directory.unembedded(MODEL, 10) == ()
    assert store.directory.add_embeddings("new", {2: person(1)}) == 1
    assert store.directory.unembedded("new", 2) == ((1, b"png"), (3, b"png"))
    assert store.directory.unembedded("new", 10, after=3) == ((4, b"png"), (5, b"png"))
    assert store.directory.unembedded("new", 10, after=2**70) == ()


def test_vectors_are_added_once_and_the_drivers_logged(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))] * 2)
    store.register([enrol(person(2))])
    added = {1: person(11), 2: person(12), 3: person(13), 99: person(14), 2**70: person(15)}
    assert store.directory.add_embeddings("new", added) == 3
    assert store.directory.add_embeddings("new", added) == 0
    assert store.directory.add_embeddings("new", {}) == 0
    assert [(c.sequence, c.kind, c.driver_id, c.detail) for c in store.changes_since(2)] == [
        (3, ChangeKind.FACES_EMBEDDED, 1, "new"),
        (4, ChangeKind.FACES_EMBEDDED, 2, "new"),
    ]
    assert store.head_sequence() == 4
    assert store.directory.get(1).version == 1


def test_an_erased_face_is_not_brought_back_by_its_vector(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))] * 2)
    store.register([enrol(person(2))])
    waiting = dict(store.directory.unembedded("new", 10))
    store.directory.remove_face(1, 1)
    store.erase(2)
    assert store.directory.add_embeddings("new", dict.fromkeys(waiting, person(1))) == 1
    assert vectors_of(store, "new") == 1


def test_the_gallery_moves_to_another_model_face_by_face(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))] * 2)
    new = GalleryStore.open(settings, "new", 4)
    since = new.head()
    vector = np.array([0, 0, 1, 0], np.float32)
    store.directory.add_embeddings("new", {1: vector})
    assert new.directory.get(1).face_count == 1
    assert [face.searchable for face in new.directory.faces(1)] == [True, False]
    update = new.update_since(since)
    assert (update.complete, update.erased, update.touched.tolist()) == (False, False, [1])
    assert update.templates.tolist() == [vector.tolist()]
    np.testing.assert_allclose(store.update_since(None).templates, [person(1)], atol=1e-6)
    new.close()


def test_refuses_a_vector_that_is_not_of_its_model(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))] * 2)
    unit = np.eye(1, 8, dtype=np.float32)[0]
    for model_id, vectors, message in (
        (MODEL, {1: unit}, rf"a vector of shape \(8,\), not \({DIMENSION},\)"),
        ("new", {1: unit, 2: person(1)}, rf"a vector of shape \(8,\), not \({DIMENSION},\)"),
        ("new", {1: 2 * unit}, "a vector of norm 2.0, not 1"),
    ):
        with pytest.raises(ValueError, match=message):
            store.directory.add_embeddings(model_id, vectors)
    assert store.head_sequence() == 1


def test_drops_a_model_in_small_steps_and_tells_its_replicas(
    store: GalleryStore,
    settings: GallerySettings,
    person: Person,
    enrol: Enrol,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.register([enrol(person(1))] * 7)
    store.directory.add_embeddings("old", dict.fromkeys(range(1, 8), person(2)))
    old = GalleryStore.open(settings, "old", DIMENSION)
    since = old.head()
    assert old.update_since(None).driver_ids.tolist() == [1]
    monkeypatch.setattr(model_vectors, "_DROPPED_AT_ONCE", 3)
    assert store.directory.drop_model("old") == 7
    assert store.directory.drop_model("old") == 0
    assert (vectors_of(store, "old"), vectors_of(store, MODEL)) == (0, 7)
    dropped = [(c.kind, c.driver_id, c.detail) for c in store.changes_since(since.sequence)]
    assert dropped == [(ChangeKind.MODEL_DROPPED, 0, "old")] * 3
    update = old.update_since(since)
    assert (update.complete, update.erased, update.driver_ids.tolist()) == (True, True, [])
    mine = store.update_since(since)
    assert (mine.complete, mine.erased, mine.touched.tolist()) == (False, False, [])
    old.close()


def test_the_running_model_is_not_dropped(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    with pytest.raises(Conflict, match=r"^the vectors of the running model test-model are in use$"):
        store.directory.drop_model(MODEL)
    assert vectors_of(store, MODEL) == 1
