"""Stores on both databases, and faces of invented people."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.store import GalleryStore
from pipelines.types import FaceQuality, Vector

DIMENSION = 16
MODEL = "test-model"

Person = Callable[[int], Vector]
Enrol = Callable[..., EnrolledFace]


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
