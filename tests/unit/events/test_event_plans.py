"""What a journal of many million events must never do: go through all of them to answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from configs.settings import GallerySettings
from pipelines.events.journal import EventJournal
from pipelines.events.records import Decision, EventFilter, EventKind, Place
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person
from tests.unit.events.passing import NOON, passing, plate
from tests.unit.gallery.test_query_plans import plan

HOUR = timedelta(hours=1)


@pytest.fixture
def store(sqlite_url: str, enrol: Enrol, person: Person) -> GalleryStore:
    opened = GalleryStore.open(GallerySettings(database_url=sqlite_url), MODEL, DIMENSION)
    for number in (1, 2):
        opened.register([enrol(person(number))])
    EventJournal(opened).append([passing(plate=plate("30A12345")) for _ in range(3)])
    return opened


def test_no_call_goes_through_the_whole_journal(store: GalleryStore) -> None:
    journal = EventJournal(store)
    calls: dict[str, Callable[[], object]] = {
        "append": lambda: journal.append([passing(driver_id=1)]),
        "get": lambda: journal.get(1),
        "first page": journal.page,
        "page of a time": lambda: journal.page(EventFilter(since=NOON, until=NOON + HOUR)),
        "next page": lambda: journal.page(after=Place(NOON, 2)),
        "camera": lambda: journal.page(EventFilter(camera_id="gate-1"), after=Place(NOON, 2)),
        "driver": lambda: journal.page(EventFilter(driver_id=1)),
        "vehicle": lambda: journal.page(EventFilter(vehicle_id=1)),
        "plate": lambda: journal.page(EventFilter(plate="30A")),
        "kind": lambda: journal.page(EventFilter(kind=EventKind.PLATE_READ)),
        "decision": lambda: journal.page(EventFilter(decision=Decision.DENY)),
        "since": lambda: journal.since(1),
        "last": journal.last_id,
        "hours": lambda: journal.by_hour(NOON, NOON + HOUR),
        "figures": lambda: journal.figures(NOON, NOON + HOUR),
        "figures of a camera": lambda: journal.figures(NOON, NOON + HOUR, "gate-1"),
        "erase": lambda: store.directory.erase(1),
        "old": lambda: journal.remove_before(datetime.now(UTC) + HOUR, 2),
    }
    steps = {name: plan(store, call) for name, call in calls.items()}
    store.close()
    whole = {
        name: [step for step in some if step.startswith("SCAN events")]
        for name, some in steps.items()
    }
    # The newest of all, up to a limit.
    assert {name: some for name, some in whole.items() if some} == {
        "first page": ["SCAN events USING INDEX ix_events_at"]
    }
    assert all(steps.values())
    for name in ("page of a time", "next page", "camera", "driver", "vehicle", "kind", "decision"):
        assert not any("TEMP B-TREE" in step for step in steps[name]), name


def test_figures_are_counted_among_the_events_of_their_time_alone(store: GalleryStore) -> None:
    journal = EventJournal(store)
    of_all = plan(store, lambda: journal.figures(NOON, NOON + HOUR))
    of_one = plan(store, lambda: journal.figures(NOON, NOON + HOUR, "gate-1"))
    store.close()
    for steps, index in (
        (of_all, "ix_events_hour (hour>? AND hour<?)"),
        (of_one, "ix_events_camera (camera_id=? AND at>? AND at<?)"),
    ):
        found = [step.replace("COVERING ", "") for step in steps if "events" in step]
        assert found == [f"SEARCH events USING INDEX {index}"] * 6


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(camera_id="gate-1"),
        EventFilter(kind=EventKind.GATE_CHECKED),
        EventFilter(decision=Decision.DENY),
        EventFilter(driver_id=1),
        EventFilter(vehicle_id=1),
        EventFilter(plate="30A"),
        EventFilter(since=NOON, until=NOON + HOUR),
    ],
    ids=str,
)
def test_whoever_follows_reads_the_newest_events_alone(
    store: GalleryStore, wanted: EventFilter
) -> None:
    steps = plan(store, lambda: EventJournal(store).since(1, 100, wanted))
    store.close()
    assert steps == ["SEARCH events USING INTEGER PRIMARY KEY (rowid>?)"]
