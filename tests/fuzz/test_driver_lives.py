"""A few of the lives of drivers that ``make fuzz`` makes up."""

from pathlib import Path

import hypothesis
from hypothesis import HealthCheck

from tests.fuzz.driver_lives import live


def test_what_drivers_are_follows_from_what_was_answered(tmp_path: Path) -> None:
    live(
        tmp_path,
        hypothesis.settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
