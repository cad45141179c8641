"""Brings a gallery database to the present schema when a replica starts."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from pipelines.errors import ConfigurationError
from pipelines.gallery.database import for_writes, without_transactions
from pipelines.storage.private_files import ensure_private_file

_SCRIPTS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6761746568  # any number of our own; here "gateh"
_alembic = threading.Lock()  # alembic keeps the migration that is running in module globals


def migrate(engine: Engine) -> None:
    """Upgrade the database; any number of processes may do so at once.

    Args:
        engine: Of the gallery's database.

    Raises:
        ConfigurationError: A newer version of the program made the database, or its folder cannot
            be written.
        sqlalchemy.exc.DBAPIError: The database cannot be reached or written.
    """
    with _locked(engine) as connection, _alembic:
        if _revision(connection) == newest_revision():
            return
        _upgrade(connection)


def require_migrated(engine: Engine) -> None:
    """Refuse a database of another schema, for a reader that is to change nothing.

    Raises:
        ConfigurationError: It has another one, or none.
        sqlalchemy.exc.DBAPIError: The database cannot be reached.
    """
    with engine.connect() as connection:
        found, newest = _revision(connection), newest_revision()
    if found != newest:
        raise ConfigurationError(
            f"the gallery database has schema {found or 'none'} and not {newest}: start this "
            "version of the service with it first"
        )


def newest_revision() -> str:
    """The revision of this version's schema, which the newest migration's file is named by."""
    newest = max(path.stem for path in (_SCRIPTS / "versions").glob("v*.py"))
    return newest[1:].partition("_")[0]


def _revision(connection: Connection) -> str | None:
    """What the database says of itself; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    # A third of a second and 15 MB, which only a new or an older database needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            f"the gallery database cannot be brought to this version's schema: {error}"
        ) from error


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """A write transaction that no other process starts before this one ends."""
    writes = for_writes(engine)
    if engine.dialect.name == "sqlite":
        # BEGIN IMMEDIATE serialises the migrations, but not the switch to WAL before them.
        path = Path(f"{engine.url.database}.lock")
        try:
            ensure_private_file(path)
            lock = path.open("a")
        except OSError as error:
            raise ConfigurationError(
                f"the gallery's folder {path.parent} cannot be written: {error.strerror}"
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with without_transactions(engine).connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            with writes.begin() as connection:
                yield connection
        return
    with writes.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection
