"""Registrations that were overtaken between the search for twins and the write."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from threading import Barrier

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.errors import (
    AlreadyEnrolled,
    DriverNotFound,
    GatehouseError,
    NotSamePerson,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails, ExportedDriver, ExportedFace
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.store import GalleryStore
from pipelines.types import Vector
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.gallery.conftest import row_counts

LIMIT = 0.6
AT_ONCE = 8


def aside(vector: Vector, other: Vector, cosine: float) -> Vector:
    """A unit vector at a cosine from one, turned towards or away from another."""
    across = other - (other @ vector) * vector
    across /= np.linalg.norm(across)
    turned: Vector = (cosine * vector + np.sqrt(1 - cosine**2) * across).astype(np.float32)
    return turned


def register(
    store: GalleryStore, face: EnrolledFace, judged: Judged | None, driver_id: int | None = None
) -> int:
    return store.register([face], driver_id, judged=judged)


def test_refuses_a_driver_who_was_enrolled_since_the_search(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    looked_at = store.head_sequence()
    twin = store.register([enrol(person(1))])
    before = row_counts(settings)
    with pytest.raises(AlreadyEnrolled) as refused:
        store.register([enrol(person(1))] * 3, judged=Judged(LIMIT, looked_at))
    assert str(refused.value) == (
        f"the face is that of driver {twin}, with a similarity of 1.00, under 0.60 is needed: "
        f"add it to driver {twin}"
    )
    assert refused.value.extra == {
        "driver_id": twin,
        "similarity": pytest.approx(1.0, abs=1e-6),
        "threshold": LIMIT,
    }
    assert row_counts(settings) == before


def test_compares_the_mean_of_a_new_drivers_faces(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    faces = [enrol(aside(person(1), sign * person(2), 0.5)) for sign in (1, -1)]
    with pytest.raises(AlreadyEnrolled):
        store.register(faces, judged=Judged(LIMIT))
    for face in faces:
        register(store, face, Judged(LIMIT))


def test_leaves_to_the_search_what_it_has_seen(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    twin = store.register([enrol(person(1))])
    looked_at = store.head_sequence()
    store.directory.update(twin, {"name": "Ann"})
    store.register([enrol(person(2))])
    assert register(store, enrol(person(1)), Judged(LIMIT, looked_at)) == twin + 2


def test_takes_twins_where_they_are_allowed(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))])
    assert register(store, enrol(person(1)), Judged()) == 2
    assert register(store, enrol(person(1)), None) == 3


def test_takes_whom_a_driver_resembled_who_is_erased_again(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    twin = store.register([enrol(person(1))])
    store.erase(twin)
    assert register(store, enrol(person(1)), Judged(LIMIT)) == twin + 1


def test_a_registration_that_was_committed_is_not_its_own_twin(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    ask = partial(store.register, [enrol(person(1))], None, "token", judged=Judged(LIMIT))
    assert ask() == ask()


def arriving(face: EnrolledFace, vectors: dict[str, Vector]) -> ExportedDriver:
    now = datetime.now(UTC)
    stored = ExportedFace(vectors, face.score, face.quality, now, b"png")
    return ExportedDriver(1, DriverDetails(), now, (stored,))


def test_sees_every_way_in_which_a_driver_becomes_a_twin(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    directory, face = store.directory, enrol(person(1))
    half, other_half = (aside(person(1), sign * person(2), 0.5) for sign in (1, -1))
    added_to = store.register([enrol(person(3))])
    mixed = store.register([face, *[enrol(person(4))] * 3])
    first, second = store.register([enrol(half)]), store.register([enrol(other_half)])
    (bare,) = directory.bring_in([arriving(face, {"old": person(5)})], "bare")
    (bare_face,) = directory.faces(bare)
    (arrived,) = (arriving(face, {MODEL: person(1)}),)
    others = [one.face_id for one in sorted(directory.faces(mixed), key=lambda one: one.face_id)]
    changes: dict[int, Callable[[], object]] = {
        added_to: lambda: store.register([face] * 9, added_to),
        mixed: lambda: [directory.remove_face(mixed, one) for one in others[1:]],
        first: lambda: directory.merge(first, second),
        bare: lambda: directory.add_embeddings(MODEL, {bare_face.face_id: person(1)}),
        bare + 1: lambda: directory.bring_in([arrived], "arrived"),
    }
    for driver_id, change in changes.items():
        if driver_id <= bare:
            template = directory.template(driver_id)
            assert template is None or float(template @ person(1)) < LIMIT
        looked_at = store.head_sequence()
        change()
        with pytest.raises(AlreadyEnrolled, match=rf"^the face is that of driver {driver_id}, "):
            register(store, face, Judged(LIMIT, looked_at))


def test_a_known_drivers_photo_may_resemble_another_less_than_the_driver(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    own = store.register([enrol(person(1))])
    looked_at = store.head_sequence()
    twin = store.register([enrol(aside(person(1), person(2), 0.9))])
    assert register(store, enrol(aside(person(1), person(2), 0.98)), Judged(LIMIT, looked_at), own)
    with pytest.raises(AlreadyEnrolled, match=rf"^the face is that of driver {twin}, "):
        register(store, enrol(aside(person(1), person(2), 0.92)), Judged(LIMIT, looked_at), own)
    assert len(store.faces_of(own)) == 2


def test_a_driver_who_became_another_is_held_against_those_who_were_near(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    photo = enrol(aside(person(1), person(2), 0.95))
    near = store.register([enrol(person(1))])
    own = store.register([photo, enrol(person(3))])
    judged = Judged(LIMIT, store.head_sequence(), (near,))
    first = min(face.face_id for face in store.faces_of(own))
    store.directory.remove_face(own, first)
    with pytest.raises(AlreadyEnrolled, match=rf"^the face is that of driver {near}, "):
        register(store, photo, judged, own)
    with pytest.raises(DriverNotFound):
        register(store, photo, judged, own + 1)


def test_of_equal_drivers_the_first_is_the_likest_as_in_the_search(
    settings: GallerySettings, enrol: Enrol
) -> None:
    people = np.random.default_rng(0).standard_normal((20, 128)).astype(np.float32)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    with closing(Gallery.open(settings, MODEL, 128)) as gallery:
        for one, other in zip(people, np.roll(people, 1, axis=0), strict=True):
            first, *equal = (gallery.register([enrol(one)] * 3) for _ in range(3))
            photos = [aside(one, other, cosine) for cosine in np.linspace(0.9, 0.99, 20)]
            for search in gallery.search(np.stack(photos)):
                assert [match.driver_id for match in search.matches[:3]] == [first, *equal]
            faces = [enrol(photo) for photo in photos]
            with pytest.raises(AlreadyEnrolled, match=rf"^the face is that of driver {first}, "):
                gallery.register(faces, equal[1], judged=Judged(LIMIT))
            judged = Judged(LIMIT, gallery.store.head_sequence(), tuple(equal))
            assert gallery.register(faces[:1], first, judged=judged) == first


def test_knows_which_photos_a_driver_has(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    own = store.register([enrol(person(1)), enrol(person(2))])
    other = store.register([enrol(person(3))])
    (_, second) = sorted(face.face_id for face in store.faces_of(own))
    probes = [person(2), aside(person(2), person(4), 0.99975), aside(person(2), person(4), 0.9996)]
    found = store.directory.likeness(own, [*probes, person(3)], MODEL)
    assert found.same_photo == (second, second, None, None)
    np.testing.assert_array_equal(found.template, store.directory.template(own))
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        store.directory.likeness(own, probes, "another")
    with pytest.raises(DriverNotFound):
        store.directory.likeness(other + 1, probes, MODEL)
    (bare_id,) = store.directory.bring_in([arriving(enrol(person(3)), {"old": person(3)})], "bare")
    bare = store.directory.likeness(bare_id, [person(3)], MODEL)
    assert (bare.template, bare.same_photo) == (None, (None,))


def test_refuses_a_photo_that_the_driver_has_though_twins_are_allowed(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    own = store.register([enrol(person(1))])
    before = row_counts(settings)
    with pytest.raises(AlreadyEnrolled, match=rf"^driver {own} has a photo of these already$"):
        store.register([enrol(person(2)), enrol(person(1))], own, judged=Judged())
    assert row_counts(settings) == before
    assert store.register([enrol(person(1))], own) == own
    assert store.register([enrol(person(1))], judged=Judged()) == own + 1


@pytest.fixture
def shards(database_url: str) -> Iterator[list[Gallery]]:
    settings = GallerySettings(database_url=database_url, shards=2, snapshots=None)
    opened = [Gallery.open(settings, MODEL, DIMENSION, number % 2) for number in range(AT_ONCE)]
    yield opened
    for gallery in opened:
        gallery.close()


def test_one_of_many_who_all_found_nobody_is_enrolled_whatever_the_shard(
    shards: list[Gallery], person: Person, enrol: Enrol
) -> None:
    start = Barrier(AT_ONCE)

    def run(gallery: Gallery, number: int) -> int | GatehouseError:
        found = gallery.search(person(number)[None])[0]
        assert all(match.similarity < LIMIT for match in found.matches)
        start.wait(30)
        try:
            judged = Judged(LIMIT, found.sequence)
            return gallery.register([enrol(person(number))], judged=judged)
        except AlreadyEnrolled as error:
            return error

    for number in range(3):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(partial(run, number=number), shards))
        (driver_id,) = [one for one in outcomes if isinstance(one, int)]
        refusals = [one for one in outcomes if isinstance(one, AlreadyEnrolled)]
        assert [one.extra["driver_id"] for one in refusals] == [driver_id] * (AT_ONCE - 1)
        assert shards[0].store.driver_count() == number + 1


def test_two_drivers_are_merged_who_look_like_one_person(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    own = store.register([enrol(person(1)), enrol(aside(person(1), person(2), 0.9))])
    twin = store.register([enrol(aside(person(1), person(3), 0.8))])
    assert store.directory.merge(own, twin, least=0.7).face_count == 3


def test_two_drivers_who_do_not_look_like_one_person_are_not_merged(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1))])
    other = store.register([enrol(aside(person(1), person(2), 0.4996))])
    for pair in ((first, other), (other, first)):
        with pytest.raises(NotSamePerson) as refused:
            store.directory.merge(*pair, least=0.5)
        assert str(refused.value) == (
            f"drivers {pair[0]} and {pair[1]} do not look like one person, with a similarity of "
            "0.4996, at least 0.5000 is needed"
        )
        assert refused.value.extra["threshold"] == 0.5
        assert refused.value.extra["similarity"] == pytest.approx(0.4996, abs=1e-4)
    assert store.head_sequence() == 2
    assert store.directory.merge(first, other).face_count == 2


def test_a_driver_without_a_face_to_compare_is_not_merged(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1))])
    (other,) = store.directory.bring_in([arriving(enrol(person(1)), {"old": person(1)})], "bare")
    for pair in ((first, other), (other, first)):
        with pytest.raises(NotSamePerson) as refused:
            store.directory.merge(*pair, least=0.5)
        assert str(refused.value) == (
            f"driver {other} has no face of the running model, so nothing tells whether both are "
            "one person"
        )
        assert refused.value.extra == {"driver_id": other}
    assert store.directory.merge(other, first).face_count == 1
