"""The journal of events, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from pipelines.errors import EventNotFound
from pipelines.events.journal import EventJournal
from pipelines.events.records import (
    Decision,
    Event,
    EventFilter,
    EventKind,
    HourCount,
    NewEvent,
    Place,
    SeenPlate,
)
from pipelines.events.schema import events as table
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crop_names import new_path
from tests.unit.conftest import Enrol, Person
from tests.unit.events.passing import NOON, passing, plate

HOUR = timedelta(hours=1)


@pytest.fixture
def journal(store: GalleryStore) -> EventJournal:
    return EventJournal(store)


def ids(found: tuple[Event, ...]) -> list[int]:
    return [event.event_id for event in found]


def test_keeps_everything_that_an_event_says(journal: EventJournal, store: GalleryStore) -> None:
    full = NewEvent(
        kind=EventKind.GATE_CHECKED,
        at=NOON + timedelta(microseconds=7),
        camera_id="cổng 1",
        plate=SeenPlate("3OA12345", "30A12345", "VN", 0.875),
        vehicle_id=3,
        similarity=0.5,
        threshold=0.25,
        decision=Decision.DENY,
        reasons=("driver_unknown", "vehicle_allowed"),
        request_id="5f0c2a1b9d3e4f67",
        crop_key=new_path("license_plates"),
    )
    bare = NewEvent(EventKind.PLATE_READ, NOON)
    before = datetime.now(UTC)
    first, second = journal.append([full, bare])
    assert (first.seen, second.seen) == (full, bare)
    assert (first.event_id, second.event_id) == (1, 2)
    assert before <= first.received_at <= datetime.now(UTC)
    assert journal.get(1) == first
    assert journal.append([]) == ()
    assert store.head_sequence() == 0


@pytest.mark.parametrize("event_id", [0, 2, -1, 2**63, 2**70])
def test_says_that_there_is_no_such_event(journal: EventJournal, event_id: int) -> None:
    journal.append([passing()])
    with pytest.raises(EventNotFound, match=f"^there is no event {event_id}$"):
        journal.get(event_id)


def test_an_event_is_stored_once_however_often_it_is_sent(journal: EventJournal) -> None:
    one, other = passing(1), passing(2)
    stored = journal.append([one])
    assert journal.append([one]) == stored
    assert journal.append([other, one])[1:] == stored
    assert ids(journal.since(0)) == [1, 2]


def test_pages_name_every_event_once_the_newest_first(journal: EventJournal) -> None:
    journal.append([passing(minutes) for minutes in (5, 1, 3, 3, 3, 9)])
    found: list[int] = []
    after: Place | None = None
    while True:
        page = journal.page(limit=2, after=after)
        found += ids(page.events)
        after = page.next_after
        if after is None:
            break
    assert found == [6, 1, 5, 4, 3, 2]
    assert journal.page(limit=6).next_after is None


def test_a_page_goes_on_after_an_event_that_is_gone(journal: EventJournal) -> None:
    journal.append([passing(minutes) for minutes in range(4)])
    after = journal.page(limit=2).next_after
    journal.remove_before(datetime.now(UTC) + HOUR, 10)
    journal.append([passing(-5), passing(50)])
    assert ids(journal.page(after=after).events) == [5]


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_refuses_a_page_of_no_size(journal: EventJournal, limit: int) -> None:
    message = f"^a page of {limit} events, not 1 to 10000$"
    with pytest.raises(ValueError, match=message):
        journal.page(limit=limit)
    with pytest.raises(ValueError, match=message):
        journal.since(0, limit)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (EventFilter(), [1, 2, 3, 4]),
        (EventFilter(since=NOON + timedelta(minutes=2)), [2, 3, 4]),
        (EventFilter(until=NOON + timedelta(minutes=2)), [1]),
        (EventFilter(camera_id="gate-2"), [3]),
        (EventFilter(kind=EventKind.PLATE_READ), [4]),
        (EventFilter(decision=Decision.ASK), [2]),
        (EventFilter(vehicle_id=7), [1, 3]),
        (EventFilter(plate="30A"), [1, 2]),
        (EventFilter(plate="3OA"), [2]),
        (EventFilter(plate="30A1"), [1]),
        (EventFilter(plate="30a"), []),
        (EventFilter(plate="%"), []),
        (EventFilter(vehicle_id=7, camera_id="gate-1"), [1]),
    ],
    ids=str,
)
def test_finds_the_events_that_are_wanted(
    journal: EventJournal, wanted: EventFilter, found: list[int]
) -> None:
    journal.append(
        [
            passing(1, plate=plate("30A12345"), vehicle_id=7),
            passing(2, plate=plate("30A99999", "3OA99999"), decision=Decision.ASK),
            passing(3, plate=plate("51K00001"), vehicle_id=7, camera_id="gate-2"),
            passing(4, kind=EventKind.PLATE_READ, camera_id=None),
        ]
    )
    assert sorted(ids(journal.page(wanted).events)) == found
    assert ids(journal.since(0, 100, wanted)) == found


def test_letters_beyond_ascii_are_ordered_alike_everywhere(journal: EventJournal) -> None:
    journal.append([passing(plate=plate(text)) for text in ("Ж123ЖЖ77", "Б1", "é1", "E1")])
    assert ids(journal.since(0, 9, EventFilter(plate="Ж1"))) == [1]
    assert ids(journal.since(0, 9, EventFilter(plate="E"))) == [4]


def test_tells_what_came_after_an_event(journal: EventJournal) -> None:
    assert (journal.last_id(), journal.since(0)) == (0, ())
    journal.append([passing(9), passing(1), passing(5)])
    assert journal.last_id() == 3
    assert ids(journal.since(0, 2)) == [1, 2]
    assert ids(journal.since(2)) == [3]
    assert journal.since(3) == ()


def test_whoever_follows_misses_nothing_while_many_write(journal: EventJournal) -> None:
    writing = threading.Event()

    def write(_number: int) -> None:
        for _ in range(10):
            journal.append([passing(), passing()])

    def follow() -> list[int]:
        found: list[int] = []
        while True:
            ended = writing.is_set()
            found += ids(journal.since(found[-1] if found else 0))
            if ended:
                return found

    with ThreadPoolExecutor(4) as pool:
        followed = pool.submit(follow)
        list(pool.map(write, range(3)))
        writing.set()
        assert followed.result() == sorted(followed.result())
        assert len(followed.result()) == 60


def test_counts_events_by_hour_kind_and_decision(journal: EventJournal) -> None:
    read = EventKind.PLATE_READ
    journal.append(
        [
            passing(0, decision=Decision.ALLOW),
            passing(59, decision=Decision.ALLOW),
            passing(30, decision=Decision.DENY),
            passing(30, kind=read),
            passing(60, kind=read),
            passing(-1, kind=read),
        ]
    )
    assert journal.by_hour(NOON + timedelta(minutes=20), NOON + 2 * HOUR) == (
        HourCount(NOON, EventKind.GATE_CHECKED, Decision.ALLOW, 2),
        HourCount(NOON, EventKind.GATE_CHECKED, Decision.DENY, 1),
        HourCount(NOON, read, None, 1),
        HourCount(NOON + HOUR, read, None, 1),
    )
    assert journal.by_hour(NOON, NOON) == ()


def test_old_events_go_with_their_crops(journal: EventJournal, store: GalleryStore) -> None:
    crops = [new_path("license_plates") for _ in range(3)]
    journal.append([passing(crop_key=key) for key in crops[:2]] + [passing(crop_key="")])
    moment = datetime.now(UTC)
    journal.append([passing(-90 * 24 * 60, crop_key=crops[2])])
    assert journal.remove_before(moment, 2) == 2
    assert journal.remove_before(moment, 2) == 1
    assert journal.remove_before(moment, 2) == 0
    assert ids(journal.since(0)) == [4]
    assert set(store.directory.pending_removals(9)) == set(crops[:2])
    journal.remove_before(datetime.now(UTC) + HOUR, 2)
    assert ids(journal.append([passing()])) == [5]


def test_an_event_of_a_clock_that_was_ahead_keeps_no_older_ones(
    journal: EventJournal, store: GalleryStore
) -> None:
    journal.append([passing(number) for number in range(3)])
    ahead = datetime.now(UTC) + 400 * 24 * HOUR
    with store.writing() as connection:
        first = table.c.event_id == 1
        connection.execute(update(table).where(first).values(received_at=ahead))
    moment = datetime.now(UTC) + HOUR
    assert journal.remove_before(moment, 1) == 1
    assert journal.remove_before(moment, 9) == 1
    assert journal.remove_before(moment, 9) == 0
    assert ids(journal.since(0)) == [1]


@pytest.fixture
def register(store: GalleryStore, enrol: Enrol, person: Person) -> Callable[[int], int]:
    return lambda number: store.register([enrol(person(number), new_path("faces"))])


def test_an_erased_driver_is_in_no_event_and_the_plates_stay(
    journal: EventJournal, store: GalleryStore, register: Callable[[int], int]
) -> None:
    erased, other = register(1), register(2)
    face, lp = new_path("faces"), new_path("license_plates")
    known = {"similarity": 0.8, "threshold": 0.5, "decision": Decision.ALLOW}
    events = journal.append(
        [
            passing(1, driver_id=erased, plate=plate("30A12345"), crop_key=lp, **known),
            passing(2, driver_id=erased, crop_key=face, **known),
            passing(3, driver_id=other, crop_key=new_path("faces"), **known),
        ]
    )
    keys = store.directory.erase(erased)
    first, second, third = journal.since(0)
    assert first.seen.plate == plate("30A12345")
    assert (first.seen.crop_key, second.seen.crop_key) == (lp, None)
    for event in (first, second):
        seen = event.seen
        assert (seen.driver_id, seen.similarity, seen.threshold) == (None, None, None)
        assert seen.decision == Decision.ALLOW
    assert third == events[2]
    assert face in keys
    assert lp not in keys
    assert set(keys) == set(store.directory.pending_removals(9))
    with store.reading() as connection:
        of_driver = select(func.count()).select_from(table).where(table.c.driver_id == erased)
        assert connection.execute(of_driver).scalar_one() == 0


def test_an_event_that_comes_after_the_erasure_says_nothing_of_the_driver(
    journal: EventJournal, store: GalleryStore, register: Callable[[int], int]
) -> None:
    erased, other = register(1), register(2)
    store.directory.erase(erased)
    face, lp = new_path("faces"), new_path("license_plates")
    late = journal.append(
        [
            passing(1, driver_id=erased, similarity=0.8, crop_key=lp, vehicle_id=9),
            passing(2, driver_id=erased, threshold=0.5, crop_key=face),
            passing(3, driver_id=other, similarity=0.8),
        ]
    )
    seen = [event.seen for event in late]
    assert [one.driver_id for one in seen] == [None, None, other]
    assert [one.similarity for one in seen] == [None, None, 0.8]
    assert (seen[0].vehicle_id, seen[0].crop_key) == (9, lp)
    assert (seen[1].threshold, seen[1].crop_key) == (None, None)
    assert face in store.directory.pending_removals(9)


def test_a_merged_drivers_events_are_those_of_the_one_who_stays(
    journal: EventJournal, store: GalleryStore, register: Callable[[int], int]
) -> None:
    kept, merged = register(1), register(2)
    journal.append([passing(driver_id=merged, similarity=0.8), passing(driver_id=kept)])
    store.directory.merge(kept, merged)
    assert [event.seen.driver_id for event in journal.since(0)] == [kept, kept]
    assert journal.get(1).seen.similarity == 0.8
