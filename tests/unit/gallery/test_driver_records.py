import pickle
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.gallery.driver_records import DriverDetails, DriverPage, DriverRecord

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("details", "valid"),
    [
        (DriverDetails(), True),
        (DriverDetails(valid_from=NOW), True),
        (DriverDetails(valid_from=LATER), False),
        (DriverDetails(valid_until=NOW), False),
        (DriverDetails(valid_until=LATER), True),
        (DriverDetails(valid_from=NOW, valid_until=LATER), True),
    ],
)
def test_a_driver_counts_from_the_first_moment_until_before_the_last(
    details: DriverDetails, valid: bool
) -> None:
    assert details.valid_at(NOW) == valid


def test_records_survive_pickling() -> None:
    page = DriverPage((DriverRecord(1, DriverDetails("A", valid_from=NOW), 2, NOW, LATER, 3),), 1)
    assert pickle.loads(pickle.dumps(page)) == page
