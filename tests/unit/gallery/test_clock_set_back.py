"""A clock that is set back: nothing is lost, erased early or given out twice."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from uuid import uuid4

import pytest

from configs.settings import GallerySettings, RetentionSettings, StorageSettings
from pipelines.drivers import recognition, retention
from pipelines.drivers.decision import UnknownReason
from pipelines.drivers.recognition import DriverRecognition
from pipelines.drivers.retention import Swept
from pipelines.errors import IdempotencyKeyReused, Unavailable
from pipelines.gallery import change_log, directory, face_rows, transfer
from pipelines.gallery import store as store_module
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.store import GalleryStore
from pipelines.storage import crop_names
from pipelines.storage import crops as crops_module
from pipelines.storage.crop_names import token_owner
from pipelines.storage.crops import CropStore
from pipelines.types import DriverMatch, GallerySearch
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.conftest import OpenGallery
from tests.unit.recording_gallery import Directory, RecordingGallery, encode

from .sweeping import Service

DAY = timedelta(days=1)
RIGHT = timedelta(0)


class Clock:
    """The clock of the gallery, the crops and the sweeps; it may be wrong."""

    def __init__(self) -> None:
        self.ahead = RIGHT

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    its = Clock()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Shown":  # noqa: ARG003  # always UTC
            return cls.fromtimestamp(its.now().timestamp(), UTC)

    for module in (
        store_module,
        directory,
        change_log,
        face_rows,
        transfer,
        retention,
        recognition,
        crop_names,
        crops_module,
    ):
        monkeypatch.setattr(module, "datetime", Shown)
    return its


@pytest.fixture
def service(store: GalleryStore, tmp_path: Path, enrol: Enrol, person: Person) -> Service:
    return Service(store, CropStore(StorageSettings(url=str(tmp_path / "crops"))), enrol, person)


def test_registrations_go_on_under_new_ids_and_every_replica_finds_them(
    database_url: str, open_gallery: OpenGallery, person: Person, enrol: Enrol, clock: Clock
) -> None:
    one, other = open_gallery(database_url), open_gallery(database_url)
    ids = [one.register([enrol(person(0))]), one.register([enrol(person(1))])]
    one.store.erase(ids[1])
    clock.ahead = -DAY
    ids += [one.register([enrol(person(2))]), other.register([enrol(person(3))])]
    clock.ahead = RIGHT
    ids.append(other.register([enrol(person(4))]))
    assert ids == [1, 2, 3, 4, 5]
    for gallery in (one, other):
        answers = [gallery.search(person(number)[None])[0] for number in (0, 2, 3, 4)]
        assert [answer.matches[0].driver_id for answer in answers] == [1, 3, 4, 5]
        assert {answer.sequence for answer in answers} == {6}
        assert gallery.size == 4


def test_an_idempotency_key_still_stands_for_its_first_request(
    store: GalleryStore, person: Person, enrol: Enrol, clock: Clock
) -> None:
    before = store.register([enrol(person(1))], token="before", fingerprint="a")
    assert store.withdraw("never") is None
    clock.ahead = -30 * DAY
    assert store.register([enrol(person(1))], token="before", fingerprint="a") == before
    behind = store.register([enrol(person(2))], token="behind", fingerprint="b")
    with pytest.raises(IdempotencyKeyReused):
        store.register([enrol(person(3))], token="before", fingerprint="c")
    with pytest.raises(Unavailable, match=r"^the registration was withdrawn$"):
        store.register([enrol(person(3))], token="never")
    clock.ahead = RIGHT
    assert store.register([enrol(person(2))], token="behind", fingerprint="b") == behind
    assert store.driver_count() == 2


def test_nobody_is_erased_early(service: Service, clock: Clock) -> None:
    ends = DriverDetails(valid_until=datetime.now(UTC) + DAY)
    ended = DriverDetails(valid_until=datetime.now(UTC) - DAY)
    retained = RetentionSettings(driver_days=30, expired_days=0, crop_days=30)
    paths = [service.register(number, details)[1] for number, details in enumerate((ends, ended))]
    clock.ahead = -400 * DAY
    paths.append(service.register(2)[1])
    assert service.sweep(retained) == Swept()
    assert all(map(service.has, paths))
    assert service.store.driver_count() == 3


def test_who_was_due_is_erased_when_the_clock_is_right_again(
    service: Service, clock: Clock
) -> None:
    ended = DriverDetails(valid_until=datetime.now(UTC) - DAY)
    _, crop = service.register(1, ended)
    retained = RetentionSettings(expired_days=0)
    clock.ahead = -2 * DAY
    assert service.sweep(retained) == Swept()
    clock.ahead = RIGHT
    assert service.sweep(retained) == Swept(erased_drivers=1)
    assert not service.has(crop)


def test_crops_of_registrations_are_neither_taken_early_nor_left_for_ever(
    service: Service, clock: Clock, enrol: Enrol, person: Person
) -> None:
    _, enrolled = service.register(1)
    token = uuid4().hex
    under_way = service.save(token_owner(token))
    clock.ahead = -DAY
    assert service.sweep() == Swept()
    assert (service.has(enrolled), service.has(under_way)) == (True, True)
    driver_id = service.store.register([enrol(person(2), under_way)], None, token)
    lost = service.save(token_owner(uuid4().hex))
    clock.ahead = 2 * timedelta(hours=1)
    assert service.sweep() == Swept(settled_registrations=2)
    assert [service.has(path) for path in (enrolled, under_way, lost)] == [True, True, False]
    assert service.store.withdraw(token) == driver_id


def test_a_registration_taken_for_an_old_one_is_refused_whole(
    service: Service, clock: Clock, enrol: Enrol, person: Person
) -> None:
    token = uuid4().hex
    clock.ahead = -DAY
    path = service.save(token_owner(token))
    clock.ahead = RIGHT  # it now looks as if the registration had been under way for a day
    assert service.sweep() == Swept(settled_registrations=1)
    with pytest.raises(Unavailable, match=r"^the registration was withdrawn$"):
        service.store.register([enrol(person(1), path)], None, token)
    assert service.store.driver_count() == 0


@pytest.mark.parametrize("ahead", [-30 * DAY, -DAY, RIGHT, DAY, 30 * DAY])
@pytest.mark.anyio
async def test_validity_is_by_the_clock_as_it_is_and_stays_what_it_was(
    store: GalleryStore, person: Person, enrol: Enrol, clock: Clock, ahead: timedelta
) -> None:
    now = datetime.now(UTC)
    details = DriverDetails(valid_from=now - 2 * DAY, valid_until=now + 2 * DAY)
    driver_id = store.register([enrol(person(1))], details=details)
    clock.ahead = ahead
    store.directory.update(driver_id, {"name": "Ann"})
    kept = store.directory.get(driver_id).details
    assert (kept.valid_from, kept.valid_until) == (details.valid_from, details.valid_until)
    gallery = RecordingGallery(GallerySearch((DriverMatch(driver_id, 0.9),), 1, 1))
    gallery.directory = Directory(kept)
    recognise = DriverRecognition(encode, gallery, GallerySettings())
    (found,) = await recognise.identify(b"1")
    if abs(ahead) < 2 * DAY:
        assert found.driver is not None
    else:
        assert found.driver is None
        assert found.decision.reason is UnknownReason.OUTSIDE_VALIDITY


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
