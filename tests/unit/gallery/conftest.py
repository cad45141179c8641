"""Galleries of the test model, and what their databases hold."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from configs.settings import GallerySettings
from pipelines.gallery.database import open_engine
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.schema import changes, drivers, faces
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL

OpenGallery = Callable[..., Gallery]


@pytest.fixture
def open_gallery() -> Iterator[OpenGallery]:
    """Opens galleries of the test model and closes them at the end."""
    opened: list[Gallery] = []

    def gallery(url: str, model_id: str = MODEL, busy_timeout_s: float = 20.0) -> Gallery:
        settings = GallerySettings(database_url=url, busy_timeout_s=busy_timeout_s)
        opened.append(Gallery.open(settings, model_id, DIMENSION))
        return opened[-1]

    yield gallery
    for one in opened:
        one.close()


def row_counts(settings: GallerySettings) -> dict[str, int]:
    """Rows of each table that writes touch."""
    engine = open_engine(settings)
    with engine.connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (drivers, faces, changes)
        }
    engine.dispose()
    return counts


def lines(store: GalleryStore, after: int) -> list[tuple[ChangeKind, int, str | None]]:
    """What the change log says after a number: kind, driver and detail of each change."""
    return [(change.kind, change.driver_id, change.detail) for change in store.changes_since(after)]
