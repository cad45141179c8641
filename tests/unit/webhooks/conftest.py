"""Both databases, as the tests of the gallery have them."""

from tests.unit.gallery.conftest import (
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
