from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from configs.settings import GallerySettings, RetentionSettings
from pipelines.errors import DriverNotFound
from pipelines.gallery.driver_records import DriverDetails, ExportedDriver, ExportedFace
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from pipelines.types import FaceQuality
from tests.unit.conftest import MODEL, Enrol, Person

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def aged(person: Person, created: int, *faces: int) -> ExportedDriver:
    """A driver registered some days after START, with faces taken as many days after it."""
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    taken = (START + day * DAY for day in faces)
    return ExportedDriver(
        1,
        DriverDetails(),
        START + created * DAY,
        tuple(ExportedFace({MODEL: person(1)}, 0.9, quality, moment, None) for moment in taken),
    )


def test_the_newest_face_says_how_old_a_driver_is(store: GalleryStore, person: Person) -> None:
    store.directory.bring_in(
        [
            aged(person, 0, 0, 5),
            aged(person, 0, 0, 50),
            aged(person, 40, 3),
            aged(person, 0),
            aged(person, 40),
        ],
        "a",
    )
    retention = RetentionSettings(driver_days=30)
    now = START + 40 * DAY
    assert store.directory.expired(now, retention, 10) == (1, 3, 4)
    assert store.directory.expired(now, retention, 2) == (1, 3)
    assert store.directory.expired(START + 35 * DAY, retention, 10) == (3, 4)
    assert store.directory.expired(now, RetentionSettings(), 10) == ()


def test_a_driver_expires_some_days_after_its_validity(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for until in (START, START + DAY, None):
        store.register([enrol(person(1))], details=DriverDetails(valid_until=until))
    retention = RetentionSettings(expired_days=10)
    ended = [
        store.directory.expired(START + 10 * DAY + later, retention, 10)
        for later in (-timedelta(microseconds=1), timedelta(0), DAY)
    ]
    assert ended == [(), (1,), (1, 2)]
    both = RetentionSettings(expired_days=10, driver_days=1)
    assert store.directory.expired(datetime.now(UTC) + 2 * DAY, both, 10) == (1, 2, 3)


def test_erases_an_expired_driver_only_while_it_is_due(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1), "a.jpg")], details=DriverDetails(valid_until=START))
    second = store.register([enrol(person(2))], details=DriverDetails(valid_until=START))
    retention = RetentionSettings(expired_days=0)
    now = START + DAY
    assert store.directory.expired(now, retention, 10) == (first, second)
    store.directory.update(second, {"valid_until": START + 9 * DAY})
    assert store.directory.erase_expired(first, now, retention) == ("a.jpg",)
    assert store.directory.erase_expired(second, now, retention) is None
    assert [one.driver_id for one in store.directory.page().drivers] == [second]
    last = store.changes_since(3)
    assert [(c.kind, c.driver_id, c.detail) for c in last] == [
        (ChangeKind.DRIVER_ERASED, first, "retention")
    ]
    with pytest.raises(DriverNotFound):
        store.directory.erase_expired(first, now, retention)


def test_a_moment_without_a_time_zone_is_no_moment(store: GalleryStore) -> None:
    with pytest.raises(StatementError, match="a moment without a time zone"):
        store.directory.expired(datetime(2026, 1, 1), RetentionSettings(expired_days=0), 10)


def test_crops_wait_for_their_removal_until_it_is_done(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1), f"{n}.jpg") for n in range(3)])
    second = store.register([enrol(person(2), ""), enrol(person(2), "kept.jpg")])
    assert store.directory.pending_removals(10) == ()
    assert store.directory.erase(first) == ("0.jpg", "1.jpg", "2.jpg")
    without_crop = next(f for f in store.directory.faces(second) if not f.crop_key)
    store.directory.remove_face(second, without_crop.face_id)
    assert set(store.directory.pending_removals(10)) == {"0.jpg", "1.jpg", "2.jpg"}
    assert len(store.directory.pending_removals(2)) == 2
    head = store.head()
    store.directory.removals_done(["0.jpg", "2.jpg", "never.jpg"])
    store.directory.removals_done([])
    assert store.directory.pending_removals(10) == ("1.jpg",)
    assert store.head() == head


def test_more_crops_than_a_query_takes_are_forgotten_at_once(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), f"{n}.jpg") for n in range(2500)])
    keys = store.directory.erase(driver_id)
    assert len(keys) == 2500
    store.directory.removals_done(keys)
    assert store.directory.pending_removals(10) == ()


def test_counts_drivers_faces_and_faces_that_cannot_be_searched(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))] * 3)
    store.register([enrol(person(2))])
    other = GalleryStore.open(settings, "other", 4)
    mine, theirs = store.directory.counts(), other.directory.counts()
    other.close()
    assert (mine.drivers, mine.faces, mine.without_vector) == (2, 4, 0)
    assert (theirs.drivers, theirs.faces, theirs.without_vector) == (2, 4, 4)
    store.erase(driver_id)
    assert store.directory.counts().faces == 1
