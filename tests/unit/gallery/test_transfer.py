from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from configs.settings import GallerySettings, RetentionSettings
from pipelines.errors import (
    ExternalIdTaken,
    IdempotencyKeyReused,
    InvalidRequest,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails, ExportedDriver, ExportedFace
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from pipelines.types import FaceQuality, Vector
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import row_counts

LONG_AGO = datetime(2020, 2, 29, 12, tzinfo=UTC)


def arriving(vector: Vector, name: str | None = None, **vectors: Vector) -> ExportedDriver:
    quality = FaceQuality(100.0, 200.0, 128.0, 1.0, 2.0, 3.0)
    face = ExportedFace({MODEL: vector} | vectors, 0.9, quality, LONG_AGO, b"png")
    return ExportedDriver(77, DriverDetails(name), LONG_AGO, (face, face))


def said(driver: ExportedDriver) -> tuple[object, ...]:
    faces = [
        (
            {model: vector.tolist() for model, vector in face.vectors.items()},
            (face.score, face.quality, face.created_at, face.aligned_png),
        )
        for face in driver.faces
    ]
    return driver.details, driver.created_at, faces


def test_exports_every_driver_once_with_the_vectors_of_every_model(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(5):
        details = DriverDetails(f"driver {number}")
        store.register([enrol(person(number)), enrol(person(9))], details=details)
    store.directory.add_embeddings("other", {1: person(50)})
    store.directory.remove_face(3, 5)
    first = store.directory.export(0, 3, pictures=True)
    rest = store.directory.export(first[-1].driver_id, 3, pictures=True)
    assert [one.driver_id for one in first + rest] == [1, 2, 3, 4, 5]
    assert [one.details.name for one in rest] == ["driver 3", "driver 4"]
    assert [len(one.faces) for one in first] == [2, 2, 1]
    both = first[0].faces[0].vectors
    assert {model: vector.tolist() for model, vector in both.items()} == {
        MODEL: person(0).tolist(),
        "other": person(50).tolist(),
    }
    assert first[0].faces[0].aligned_png == b"png"
    assert store.directory.export(5, 3, pictures=True) == ()


def test_exports_without_pictures_where_none_are_asked_for(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    face = store.directory.export(0, 10, pictures=False)[0].faces[0]
    assert face.aligned_png is None
    assert face.vectors[MODEL].tolist() == person(1).tolist()


def test_what_comes_in_is_what_went_out(store: GalleryStore, person: Person) -> None:
    came = [arriving(person(1), "Ann", other=person(2)[:8] / np.linalg.norm(person(2)[:8]))]
    came.append(ExportedDriver(78, DriverDetails("Bob"), LONG_AGO, ()))
    ids = store.directory.bring_in(came, "a")
    assert ids == (1, 2)
    out = store.directory.export(0, 10, pictures=True)
    assert [said(one) for one in out] == [said(one) for one in came]
    assert [store.directory.get(driver_id).version for driver_id in ids] == [1, 1]
    assert [face.crop_key for face in store.directory.faces(1)] == ["", ""]
    assert [(c.kind, c.driver_id) for c in store.changes_since(0)] == [
        (ChangeKind.DRIVER_IMPORTED, 1),
        (ChangeKind.DRIVER_IMPORTED, 2),
    ]
    np.testing.assert_allclose(store.update_since(None).templates, [person(1)], atol=1e-6)


def test_an_import_happens_once_a_token(
    store: GalleryStore, settings: GallerySettings, person: Person
) -> None:
    came = [arriving(person(number), f"{number}") for number in range(3)]
    assert not store.directory.was_used("a")
    ids = store.directory.bring_in(came, "a")
    after_first = row_counts(settings)
    store.erase(ids[0])
    store.directory.merge(ids[2], ids[1])
    assert store.directory.was_used("a")
    assert store.directory.bring_in(came, "a") == ids
    assert row_counts(settings)["drivers"] == after_first["drivers"] - 2
    assert store.directory.bring_in(came, "b") == (4, 5, 6)
    for other in (came[:2], [*came[:2], arriving(person(2), "else")]):
        with pytest.raises(
            IdempotencyKeyReused, match=r"^this idempotency key came with another request$"
        ):
            store.directory.bring_in(other, "a")
    assert store.directory.bring_in([], "c") == ()


def test_a_withdrawn_import_is_never_committed(store: GalleryStore, person: Person) -> None:
    assert store.withdraw("a") is None
    with pytest.raises(Unavailable, match=r"^the registration was withdrawn$"):
        store.directory.bring_in([arriving(person(1))], "a")
    assert store.driver_count() == 0


def test_a_taken_external_id_lets_nobody_in(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))], details=DriverDetails(external_id="HR-7"))
    free = arriving(person(2))
    taken = replace(free, details=DriverDetails(external_id="HR-7"))
    twin = replace(free, details=DriverDetails(external_id="HR-8"))
    before = row_counts(settings)
    for came, named in (([free, taken], "HR-7"), ([twin, free, twin], "HR-8")):
        with pytest.raises(ExternalIdTaken) as raised:
            store.directory.bring_in(came, "a")
        assert raised.value.extra == {"external_id": named}
    assert row_counts(settings) == before
    assert store.directory.bring_in([free], "a") == (store.directory.page().drivers[-1].driver_id,)


def test_refuses_what_cannot_be_stored_and_says_whose_it_is(
    store: GalleryStore, person: Person
) -> None:
    good = arriving(person(1))
    face = good.faces[0]
    blurred = replace(face, quality=replace(face.quality, yaw=float("nan")))
    broken = {
        "name is longer than 200 characters": replace(good, details=DriverDetails("x" * 201)),
        "created_at needs a time zone": replace(good, created_at=datetime(2020, 1, 1)),
        "the measures of a face must be finite numbers": replace(good, faces=(blurred,)),
        "a model id has 1 to 200 characters": replace(
            good, faces=(replace(face, vectors={"": person(1)}),)
        ),
        f"a vector of shape (8,), not ({DIMENSION},)": replace(
            good, faces=(replace(face, vectors={MODEL: person(1)[:8]}),)
        ),
        "a vector of norm 2.0, not 1": replace(
            good, faces=(replace(face, vectors={"other": np.full(4, 1, np.float32)}),)
        ),
    }
    for message, driver in broken.items():
        with pytest.raises(InvalidRequest) as raised:
            store.directory.bring_in([good, driver], "a")
        assert str(raised.value) == f"driver 77 of the import: {message}"
    assert store.head_sequence() == 0


def test_vectors_of_one_model_have_one_length(
    store: GalleryStore, settings: GallerySettings, person: Person
) -> None:
    short, long = (person(2)[:size] / np.linalg.norm(person(2)[:size]) for size in (4, 8))
    with pytest.raises(
        InvalidRequest, match=r"^driver 77 of the import: a vector of shape \(8,\), not \(4,\)$"
    ):
        store.directory.bring_in(
            [arriving(person(1), other=short), arriving(person(1), other=long)], "a"
        )
    store.directory.bring_in([arriving(person(1), other=short, third=long)], "a")
    before = row_counts(settings)
    with pytest.raises(InvalidRequest) as refused:
        store.directory.bring_in([arriving(person(1), other=long)], "b")
    assert str(refused.value) == (
        "the vectors of other have length 8, but those in this gallery have length 4"
    )
    assert row_counts(settings) == before
    store.directory.bring_in([arriving(person(1), other=short)], "b")
    lengths = store.directory.vector_lengths([MODEL, "other", "third", "unknown"])
    assert lengths == {MODEL: DIMENSION, "other": 4, "third": 8}


def test_an_imported_driver_is_as_old_as_it_was(store: GalleryStore, person: Person) -> None:
    store.directory.bring_in([arriving(person(1))], "a")
    now = LONG_AGO + timedelta(days=31)
    assert store.directory.expired(now, RetentionSettings(driver_days=30), 10) == (1,)
    assert store.directory.expired(now, RetentionSettings(driver_days=32), 10) == ()


def test_a_driver_of_another_model_waits_to_be_embedded(
    store: GalleryStore, person: Person
) -> None:
    driver = arriving(person(1))
    face = replace(driver.faces[0], vectors={"other": person(1)})
    store.directory.bring_in([replace(driver, faces=(face,))], "a")
    assert store.directory.get(1).face_count == 0
    assert store.directory.counts().without_vector == 1
    assert store.directory.unembedded(MODEL, 10) == ((1, b"png"),)
