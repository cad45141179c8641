import numpy as np
import pytest

from pipelines.gallery.records import GalleryUpdate, Head
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import Enrol, Person


def said(update: GalleryUpdate) -> tuple[bool, bool, list[int], list[int]]:
    touched, driver_ids = update.touched.tolist(), update.driver_ids.tolist()
    return update.complete, update.erased, touched, driver_ids


def test_shards_divide_the_drivers_without_rest(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(10):
        store.register([enrol(person(number))])
    for known in (None, Head(0, "")):
        parts = [store.update_since(known, shard, 3) for shard in range(3)]
        assert [part.driver_ids.tolist() for part in parts] == [[3, 6, 9], [1, 4, 7, 10], [2, 5, 8]]
        for part in parts:
            expected = [person(driver_id - 1) for driver_id in part.driver_ids.tolist()]
            np.testing.assert_allclose(part.templates, expected, atol=1e-6)


@pytest.mark.parametrize(("shard", "shards"), [(1, 1), (-1, 2), (0, 0)])
def test_refuses_a_shard_that_is_none(store: GalleryStore, shard: int, shards: int) -> None:
    with pytest.raises(ValueError, match=f"shard {shard} of {shards}"):
        store.update_since(None, shard, shards)


def test_says_what_was_erased_to_the_shards_that_held_it(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(4):
        store.register([enrol(person(number))] * 2)
    since = store.head()
    store.directory.update(2, {"name": "Ann"})
    store.register([enrol(person(9))], 2)
    assert [said(store.update_since(since, shard, 2)) for shard in (0, 1)] == [
        (False, False, [2], [2]),
        (False, False, [], []),
    ]
    store.directory.remove_face(3, 5)
    assert [said(store.update_since(since, shard, 2)) for shard in (0, 1)] == [
        (False, False, [2], [2]),
        (False, True, [3], [3]),
    ]
    since = store.head()
    store.directory.merge(1, 2)
    assert [said(store.update_since(since, shard, 2)) for shard in (0, 1)] == [
        (False, True, [2], []),
        (False, False, [1], [1]),
    ]
    since = store.head()
    store.directory.erase(1)
    assert [said(store.update_since(since, shard, 2)) for shard in (0, 1)] == [
        (False, False, [], []),
        (False, True, [1], []),
    ]
    assert [said(store.update_since(None, shard, 2)) for shard in (0, 1)] == [
        (True, True, [4], [4]),
        (True, True, [3], [3]),
    ]


def test_a_withdrawn_registration_touches_nobody(store: GalleryStore) -> None:
    since = store.head()
    store.withdraw("a")
    update = store.update_since(since)
    assert said(update) == (False, False, [], [])
    assert update.head.sequence == since.sequence + 1


def test_drivers_come_in_the_order_of_ids_after_a_merge(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(4):
        store.register([enrol(person(number))])
    store.directory.merge(4, 1)
    store.register([enrol(person(7))], 2)
    update = store.update_since(None)
    assert update.driver_ids.tolist() == [2, 3, 4]
    for row, people in enumerate(((1, 7), (2,), (3, 0))):
        mean = np.sum([person(one) for one in people], axis=0)
        np.testing.assert_allclose(update.templates[row], mean / np.linalg.norm(mean), atol=1e-6)
