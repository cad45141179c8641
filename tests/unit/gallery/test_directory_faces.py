"""What the directory does with faces: removing them, merging drivers, templates."""

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    FaceNotFound,
    InvalidRequest,
    LastFace,
)
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import lines, row_counts

HANOI = timezone(timedelta(hours=7))
BEGIN = datetime(2026, 1, 1, 6, tzinfo=HANOI)
END = datetime(2027, 1, 1, tzinfo=UTC)


def test_removing_a_face_takes_its_vector_and_queues_its_crop(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), "a.jpg"), enrol(person(2), "b.jpg")])
    face_id = store.directory.faces(driver_id)[0].face_id
    record = store.directory.remove_face(driver_id, face_id, 1)
    assert (record.version, record.face_count) == (2, 1)
    np.testing.assert_allclose(store.update_since(None).templates, [person(2)], atol=1e-6)
    assert store.directory.pending_removals(10) == ("a.jpg",)
    assert lines(store, 1) == [(ChangeKind.FACE_REMOVED, driver_id, f"face {face_id}")]


def test_a_driver_keeps_the_last_face_until_there_is_another(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), "a.jpg")], details=DriverDetails("Ann"))
    only = store.directory.faces(driver_id)[0].face_id
    before = (row_counts(settings), store.head())
    with pytest.raises(LastFace) as refused:
        store.directory.remove_face(driver_id, only)
    assert str(refused.value) == (
        f"face {only} is the last one of driver {driver_id}, who could not be recognised without "
        "any: erase the driver, or add another photo first"
    )
    assert refused.value.extra == {"driver_id": driver_id, "face_id": only}
    assert (row_counts(settings), store.head()) == before
    assert store.directory.pending_removals(10) == ()
    store.register([enrol(person(2))], driver_id)
    assert store.directory.remove_face(driver_id, only).face_count == 1
    np.testing.assert_allclose(store.update_since(None).templates, [person(2)], atol=1e-6)
    assert store.directory.get(driver_id).details.name == "Ann"


def test_a_driver_keeps_the_last_face_that_the_running_model_can_compare(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    with closing(GalleryStore.open(settings, "old-model", DIMENSION)) as old:
        driver_id = old.register([enrol(person(1), model_id="old-model")] * 2)
    store.register([enrol(person(2), size_px=900.0)], driver_id)
    only, *others = [face.face_id for face in store.directory.faces(driver_id)]
    with pytest.raises(LastFace) as refused:
        store.directory.remove_face(driver_id, only)
    assert str(refused.value) == (
        f"face {only} is the last one of driver {driver_id} that {MODEL} can compare, who could "
        "not be recognised without it: erase the driver, or add another photo first"
    )
    assert refused.value.extra == {"driver_id": driver_id, "face_id": only}
    assert store.directory.remove_face(driver_id, others[0]).face_count == 1
    store.register([enrol(person(3))], driver_id)
    assert store.directory.remove_face(driver_id, only).face_count == 1


def test_removes_no_face_of_another_driver(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    first, second = store.register([enrol(person(1))]), store.register([enrol(person(2))])
    face_id = store.directory.faces(second)[0].face_id
    before = row_counts(settings)
    for missing in (face_id, 99, -1, 2**70):
        with pytest.raises(FaceNotFound, match=f"^driver {first} has no face {missing}$"):
            store.directory.remove_face(first, missing)
    assert row_counts(settings) == before
    assert store.directory.get(first).version == 1


def test_names_the_faces_best_first_with_their_measures(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), "s.jpg", 30.0), enrol(person(1), "l.jpg", 90.0)])
    best, other = store.directory.faces(driver_id)
    assert (best.crop_key, best.quality.size_px, best.searchable) == ("l.jpg", 90.0, True)
    assert best.quality_score > other.quality_score
    assert (best.driver_id, best.score) == (driver_id, 0.9)


def test_merging_moves_the_faces_and_erases_the_other(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    kept = store.register([enrol(person(1), "a.jpg")])
    other = store.register([enrol(person(2), "b.jpg")])
    before = store.head()
    record = store.directory.merge(kept, other, 1)
    assert (record.driver_id, record.version, record.face_count) == (kept, 2, 2)
    assert row_counts(settings) == {"drivers": 1, "faces": 2, "changes": 4}
    assert {face.crop_key for face in store.directory.faces(kept)} == {"a.jpg", "b.jpg"}
    assert store.directory.pending_removals(10) == ()
    assert lines(store, 2) == [
        (ChangeKind.DRIVERS_MERGED, kept, f"with {other}"),
        (ChangeKind.DRIVER_ERASED, other, f"merged into {kept}"),
    ]
    mean = person(1) + person(2)
    update = store.update_since(before)
    assert (update.touched.tolist(), update.driver_ids.tolist()) == ([kept, other], [kept])
    np.testing.assert_allclose(update.templates[0], mean / np.linalg.norm(mean), atol=1e-6)
    with pytest.raises(DriverNotFound):
        store.directory.get(other)


@pytest.mark.parametrize(
    ("kept", "other", "merged"),
    [
        (DriverDetails(), DriverDetails("A", "x", "n"), DriverDetails("A", "x", "n")),
        (DriverDetails("A"), DriverDetails("B", "x", "n"), DriverDetails("A", "x", "n")),
        (DriverDetails("", "x", ""), DriverDetails("B", "y", "n"), DriverDetails("B", "x", "n")),
    ],
)
def test_merging_fills_empty_texts_from_the_other(
    store: GalleryStore,
    person: Person,
    enrol: Enrol,
    kept: DriverDetails,
    other: DriverDetails,
    merged: DriverDetails,
) -> None:
    first = store.register([enrol(person(1))], details=kept)
    second = store.register([enrol(person(2))], details=other)
    assert store.directory.merge(first, second).details == merged
    assert store.directory.page(query=merged.name).drivers[0].driver_id == first


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        (DriverDetails(), DriverDetails(valid_from=BEGIN, valid_until=END)),
        (DriverDetails(valid_from=END), DriverDetails(valid_until=BEGIN)),
        (DriverDetails(valid_from=BEGIN, valid_until=END), DriverDetails()),
    ],
)
def test_merging_leaves_the_validity_as_it_is(
    store: GalleryStore, person: Person, enrol: Enrol, kept: DriverDetails, other: DriverDetails
) -> None:
    first = store.register([enrol(person(1))], details=kept)
    second = store.register([enrol(person(2))], details=other)
    assert store.directory.merge(first, second).details == kept
    assert store.directory.get(first).details == kept


def test_a_driver_is_not_merged_with_itself(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))])
    with pytest.raises(InvalidRequest, match=r"^a driver cannot be merged with itself$"):
        store.directory.merge(driver_id, driver_id)
    with pytest.raises(DriverNotFound):
        store.directory.merge(driver_id, 9)
    assert store.directory.get(driver_id).face_count == 1
    assert store.head_sequence() == 1


def test_the_template_is_what_the_index_searches(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1)), enrol(person(2))])
    template = store.directory.template(driver_id)
    assert template is not None
    assert template.shape == (DIMENSION,)
    assert template.tolist() == store.update_since(None).templates[0].tolist()


def test_erasing_says_why_in_the_log(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    driver_id = store.register([enrol(person(1))])
    store.directory.erase(driver_id, 1, "asked for by the driver")
    assert lines(store, 1) == [(ChangeKind.DRIVER_ERASED, driver_id, "asked for by the driver")]
    other = store.register([enrol(person(1))])
    with pytest.raises(ValueError, match="a change's detail has at most 200 characters"):
        store.directory.erase(other, detail="x" * 201)
    assert store.directory.get(other).version == 1
