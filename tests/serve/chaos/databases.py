"""The two kinds of database, and what can befall them."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgresql import PostgresServer

BUSY_TIMEOUT_S = 3.0
"""How long the service under test waits for a write lock."""

_NAME = "gallery"
_DOWN_S = 1.0

Disturbance = Callable[[], int]
"""Does it, and returns how much it hit."""


@dataclass(frozen=True, slots=True)
class Database:
    """A running database.

    Attributes:
        url: For ``gallery.database_url``.
        disturbances: By name.
    """

    url: str
    disturbances: Mapping[str, Disturbance]


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    """A SQLite file in a folder."""
    path = folder / "gatehouse.db"

    def hold_the_lock() -> int:
        with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(BUSY_TIMEOUT_S + 1.5)  # writers wait for less and must say so
            connection.execute("ROLLBACK")
        return 1

    yield Database(f"sqlite:///{path}", {"write lock held too long": hold_the_lock})


@contextmanager
def postgresql(_folder: Path) -> Iterator[Database]:
    """A PostgreSQL server of its own."""
    with PostgresServer() as server:

        def crash() -> int:
            server.crash()
            time.sleep(_DOWN_S)
            server.start()
            return 1

        def cut_connections() -> int:
            return server.terminate_connections(_NAME)

        disturbances = {"connections cut": cut_connections, "database crashed": crash}
        yield Database(server.create(_NAME), disturbances)


KINDS = {"sqlite": sqlite, "postgresql": postgresql}
