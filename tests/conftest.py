"""Fixtures for all tests."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# Whoever ends a run, or lets its time run out, wants services and folders of it cleared away.
signal.signal(signal.SIGTERM, signal.default_int_handler)

_REMEDY = "set GATEHOUSE_DATA to a folder with data/ and weights/ (README, Development data)"


@pytest.fixture(scope="session")
def gatehouse_data() -> Path:
    """Root of the development pictures; skips with the remedy when there is none."""
    root = os.environ.get("GATEHOUSE_DATA")
    if not root:
        pytest.skip(_REMEDY)
    path = Path(root).resolve()
    assert (path / "data").is_dir(), f"GATEHOUSE_DATA={root} has no data/ folder; {_REMEDY}"
    return path
