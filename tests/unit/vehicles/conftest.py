"""Vehicles beside three enrolled drivers."""

import pytest

from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from tests.unit.conftest import Enrol, Person


@pytest.fixture
def vehicles(store: GalleryStore, person: Person, enrol: Enrol) -> VehicleDirectory:
    """A directory without vehicles, beside drivers 1, 2 and 3."""
    for number in (1, 2, 3):
        store.register([enrol(person(number))])
    return VehicleDirectory(store)
