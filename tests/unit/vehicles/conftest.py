"""Both databases, as the tests of the gallery have them, with three enrolled drivers."""

import pytest

from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from tests.unit.gallery.conftest import (
    Enrol,
    Person,
    database_url,
    enrol,
    person,
    postgresql,
    postgresql_url,
    settings,
    sqlite_url,
    store,
)

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
def vehicles(store: GalleryStore, person: Person, enrol: Enrol) -> VehicleDirectory:
    """A directory without vehicles, beside drivers 1, 2 and 3."""
    for number in (1, 2, 3):
        store.register([enrol(person(number))])
    return VehicleDirectory(store)
