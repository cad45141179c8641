"""A registration happens once, however often it is sent, and can be called off for good."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from configs.settings import GallerySettings
from pipelines.errors import Unavailable
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.conftest import row_counts


def test_a_repeated_registration_is_the_same_driver_and_writes_nothing(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))] * 3, token="a")
    after_first = row_counts(settings)
    assert store.register([enrol(person(1))] * 3, token="a") == driver_id
    assert (row_counts(settings), store.head_sequence()) == (after_first, 1)
    assert store.register([enrol(person(1))], driver_id, "b") == driver_id
    assert store.register([enrol(person(1))], driver_id, "b") == driver_id
    assert row_counts(settings) == {"drivers": 1, "faces": 4, "changes": 2}


def test_one_registration_sent_many_times_at_once_is_one_driver(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    faces_of_one = [enrol(person(1))] * 3
    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(lambda _: store.register(faces_of_one, token="a"), range(12)))
    assert set(ids) == {1}
    assert row_counts(settings) == {"drivers": 1, "faces": 3, "changes": 1}


def test_a_repeated_registration_of_an_erased_driver_does_not_bring_it_back(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], token="a")
    store.erase(driver_id)
    assert store.register([enrol(person(1))], token="a") == driver_id
    assert row_counts(settings) == {"drivers": 0, "faces": 0, "changes": 2}


def test_withdrawing_names_the_driver_of_a_committed_registration(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], token="a")
    assert store.withdraw("a") == driver_id
    assert row_counts(settings) == {"drivers": 1, "faces": 1, "changes": 1}


def test_a_withdrawn_registration_can_never_be_committed(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    assert store.withdraw("a") is None
    assert store.withdraw("a") is None
    for driver_id in (None, 1):
        with pytest.raises(Unavailable, match=r"^the registration was withdrawn$"):
            store.register([enrol(person(1))], driver_id, "a")
    assert row_counts(settings) == {"drivers": 0, "faces": 0, "changes": 1}
    assert [(c.kind, c.driver_id) for c in store.changes_since(0)] == [
        (ChangeKind.REGISTRATION_WITHDRAWN, 0)
    ]
