"""Both databases, as the tests of the gallery have them; and a receiver of webhooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.settings import GallerySettings
from pipelines.gallery.store import GalleryStore
from tests.unit.gallery.conftest import (
    DIMENSION,
    MODEL,
    database_url,
    enrol,
    person,
    postgresql,
    postgresql_url,
    settings,
    sqlite_url,
    store,
)
from tests.unit.webhooks.fleet import Fleet
from tests.unit.webhooks.receiver import Receiver, receiving

__all__ = [
    "database_url",
    "enrol",
    "person",
    "postgresql",
    "postgresql_url",
    "settings",
    "sqlite_url",
    "store",
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def local_store(tmp_path: Path) -> Iterator[GalleryStore]:
    settings = GallerySettings(database_url=f"sqlite:///{tmp_path / 'g.db'}", snapshots=None)
    opened = GalleryStore.open(settings, MODEL, DIMENSION)
    yield opened
    opened.close()


@pytest.fixture
def fleet(local_store: GalleryStore, receiver: Receiver) -> Fleet:
    return Fleet(local_store, receiver.url)
