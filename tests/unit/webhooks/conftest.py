"""A receiver of webhooks, and those who tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.settings import GallerySettings
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL
from tests.unit.webhooks.fleet import Fleet
from tests.unit.webhooks.receiver import Receiver, receiving


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
