"""Both databases, and faces of invented people."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from configs.settings import GallerySettings
from pipelines.gallery.database import open_engine
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import ChangeKind, EnrolledFace
from pipelines.gallery.schema import changes, drivers, faces
from pipelines.gallery.store import GalleryStore
from pipelines.types import FaceQuality, Vector
from tests.postgresql import PostgresServer

DIMENSION = 16
MODEL = "test-model"

Person = Callable[[int], Vector]
Enrol = Callable[..., EnrolledFace]
OpenGallery = Callable[..., Gallery]

_names = count(1)


@pytest.fixture(scope="session")
def person() -> Person:
    """A person's unit vector by number; two people are far apart, always the same."""

    def vector(number: int) -> Vector:
        drawn = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
        unit: Vector = drawn / np.linalg.norm(drawn)
        return unit

    return vector


@pytest.fixture(scope="session")
def enrol() -> Enrol:
    """A face as registrations carry it."""

    def face(
        vector: Vector, crop_key: str = "crop.jpg", size_px: float = 100.0, model_id: str = MODEL
    ) -> EnrolledFace:
        quality = FaceQuality(size_px, 200.0, 128.0, 0.0, 0.0, 0.0)
        return EnrolledFace(vector, model_id, 0.9, quality, crop_key, b"png")

    return face


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL that lives as long as the tests."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'gallery.db'}"


@pytest.fixture
def postgresql_url(postgresql: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database."""
    name = f"gallery_{next(_names)}"
    yield postgresql.create(name)
    postgresql.drop(name)


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(request.param)
    return url


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


@pytest.fixture
def settings(database_url: str) -> GallerySettings:
    """Settings of an empty database, once on SQLite and once on PostgreSQL."""
    return GallerySettings(database_url=database_url)


@pytest.fixture
def store(settings: GallerySettings) -> Iterator[GalleryStore]:
    """A store of the test model."""
    opened = GalleryStore.open(settings, MODEL, DIMENSION)
    yield opened
    opened.close()


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
