"""Counting models and naming faces that lack one."""

from dataclasses import replace

from pipelines.gallery.store import GalleryStore
from pipelines.gallery.stored_models import (
    FaceName,
    StoredModel,
    faces_of_only,
    lost_faces,
    named_faces,
    stored_models,
)
from tests.unit.conftest import MODEL, Enrol, Person


def enrol_two_and_one_without_picture(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    faces = [enrol(person(number)) for number in range(3)]
    store.register([faces[0], replace(faces[1], aligned_png=None)])
    store.register([faces[2]])


def test_an_empty_gallery_has_no_models(store: GalleryStore) -> None:
    assert stored_models(store) == ()
    assert stored_models(store, "other") == (StoredModel("other", faces=0, missing=0, lost=0),)


def test_counts_each_model(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    enrol_two_and_one_without_picture(store, person, enrol)
    store.directory.add_embeddings("other", {1: person(7)})
    assert stored_models(store, MODEL, "third") == (
        StoredModel("other", faces=1, missing=1, lost=1),
        StoredModel(MODEL, faces=3, missing=0, lost=0),
        StoredModel("third", faces=0, missing=2, lost=1),
    )


def test_names_faces_that_a_model_cannot_get(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    enrol_two_and_one_without_picture(store, person, enrol)
    assert lost_faces(store, "other", 10) == (FaceName(2, 1),)
    assert lost_faces(store, MODEL, 10) == ()
    assert str(lost_faces(store, "other", 10)[0]) == "face 2 of driver 1"


def test_names_faces_that_would_have_no_vector_left(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    enrol_two_and_one_without_picture(store, person, enrol)
    store.directory.add_embeddings("other", {1: person(7)})
    assert faces_of_only(store, MODEL, 10) == (FaceName(2, 1), FaceName(3, 2))
    assert faces_of_only(store, MODEL, 1) == (FaceName(2, 1),)
    assert faces_of_only(store, "other", 10) == ()


def test_names_faces_by_their_ids(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    enrol_two_and_one_without_picture(store, person, enrol)
    assert named_faces(store, [3, 1, 99]) == (FaceName(1, 1), FaceName(3, 2))
