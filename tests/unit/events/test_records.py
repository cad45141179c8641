"""Events before they are stored."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.events.records import EventKind, NewEvent, hour_of, start_of_hour
from tests.unit.events.passing import NOON, passing


def test_every_event_has_a_token_of_its_own() -> None:
    assert len({passing().token for _ in range(20)}) == 20
    assert len(passing().token) == 32


def test_refuses_a_moment_without_a_time_zone() -> None:
    with pytest.raises(ValueError, match=r"^an event needs a moment with a time zone$"):
        NewEvent(EventKind.PLATE_READ, datetime(2026, 11, 22))


@pytest.mark.parametrize("camera_id", ["c" * 101, "gate\x00", "\ud800"])
def test_refuses_a_camera_that_cannot_be_stored(camera_id: str) -> None:
    with pytest.raises(ValueError, match=r"^a camera's id has at most 100 characters, "):
        passing(camera_id=camera_id)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        (NOON, NOON),
        (NOON + timedelta(minutes=59, seconds=59), NOON),
        (NOON - timedelta(microseconds=1), NOON - timedelta(hours=1)),
        (datetime(1969, 12, 31, 23, 30, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_the_hour_of_a_moment(moment: datetime, begins: datetime) -> None:
    assert start_of_hour(hour_of(moment)) == begins
