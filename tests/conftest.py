"""Fixtures for all tests."""

import gc
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgresql import PostgresServer

# How long an example takes says more about the machine than about the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# Whoever ends a run, or lets its time run out, wants services and folders of it cleared away.
signal.signal(signal.SIGTERM, signal.default_int_handler)

_names = count(1)

_REMEDY = "set GATEHOUSE_DATA to a folder with data/ and weights/ (README, Development data)"


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what has been imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session")
def gatehouse_data() -> Path:
    """Root of the development pictures; skips with the remedy when there is none."""
    root = os.environ.get("GATEHOUSE_DATA")
    if not root:
        pytest.skip(_REMEDY)
    path = Path(root).resolve()
    assert (path / "data").is_dir(), f"GATEHOUSE_DATA={root} has no data/ folder; {_REMEDY}"
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests, each of which makes databases of its own in it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'gallery.db'}"


@pytest.fixture
def postgresql_url(postgresql: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database."""
    name = f"test_{next(_names)}"
    yield postgresql.create(name)
    postgresql.drop(name)


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(request.param)
    return url
