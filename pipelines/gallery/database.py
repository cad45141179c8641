"""Connections to the gallery's database, the same for SQLite and PostgreSQL."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from configs.settings import ROOT, GallerySettings
from pipelines.errors import ConfigurationError, GalleryUnavailable
from pipelines.storage.private_files import ensure_private_file, make_private_folder

logger = logging.getLogger(__name__)

_LOG_WAIT_MS = 100
_BEGIN = "gatehouse_begin"  # execution option: the statement that begins a transaction


@contextmanager
def reaching_store() -> Iterator[None]:
    """Name the failures that may pass; statements that can never succeed keep their own errors.

    Raises:
        GalleryUnavailable: The database cannot be reached, is locked for too long, or fails.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if _is_ours(error):
            raise
        logger.warning("gallery store failed: %s", getattr(error, "orig", error))
        raise GalleryUnavailable(
            "the driver gallery cannot be reached now, try again later"
        ) from error


def open_engine(settings: GallerySettings) -> Engine:
    """Make the engine; nothing is connected yet.

    Args:
        settings: Where the database is and how long a write may wait for another.

    Raises:
        ConfigurationError: The URL cannot work, or its folder cannot be made.
    """
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings.busy_timeout_s)
    return _postgresql(url, settings.busy_timeout_s)


def for_writes(engine: Engine) -> Engine:
    """The same pool; on SQLite its transactions take the write lock when they begin."""
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def without_transactions(engine: Engine) -> Engine:
    """The same pool; on SQLite every statement stands alone, as some pragmas must."""
    return engine.execution_options(**{_BEGIN: None})


def for_snapshots(engine: Engine) -> Engine:
    """The same pool; every statement of a transaction sees the same state."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def fold_log(engine: Engine) -> bool:
    """Move SQLite's write-ahead log into the database file and empty it; elsewhere do nothing.

    Erased rows are overwritten in the file, but the log still holds their pages as they were. A
    reader who needs the log is waited for only shortly, and then the log stays.

    Returns:
        False where it stays.

    Raises:
        sqlalchemy.exc.DBAPIError: The database fails.
    """
    if engine.dialect.name != "sqlite":
        return True
    with without_transactions(engine).connect() as connection:
        usual_ms = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_LOG_WAIT_MS}")
        try:
            busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {usual_ms}")
    return not busy


def _is_ours(error: SQLAlchemyError) -> bool:
    """Whether the statement is at fault, and not the database."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        # SQLite tells an unknown table and a syntax error in the class that it has for a full disk.
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_ERROR
    return isinstance(error, IntegrityError | DataError | ProgrammingError | NotSupportedError)


def database_url(settings: GallerySettings) -> URL:
    """Where the database is, its password included.

    Raises:
        ConfigurationError: The URL cannot work.
    """
    text: str | None = settings.database_url
    if settings.database_url_env is not None:
        text = os.environ.get(settings.database_url_env)
        if not text:
            raise ConfigurationError(
                f"environment variable {settings.database_url_env} holds no database URL"
            )
    try:
        url = make_url(text or "")
    except (ArgumentError, ValueError):
        # The URL may hold a password: neither it nor the parser's message is repeated.
        raise ConfigurationError(
            "gallery.database_url is not a URL such as sqlite:///var/gatehouse.db"
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise ConfigurationError(
            f"gallery.database_url names {url.drivername}; known are sqlite and postgresql"
        )
    return url


def _sqlite(url: URL, busy_timeout_s: float) -> Engine:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError("gallery.database_url must name a file, sqlite:///PATH")
    path = ROOT / Path(url.database).expanduser()
    try:
        make_private_folder(path.parent)
    except OSError as error:
        raise ConfigurationError(
            f"the gallery's folder {path.parent} cannot be made: {error.strerror}"
        ) from error
    engine = create_engine(
        url.set(database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        pool_timeout=busy_timeout_s,
        hide_parameters=True,
    )

    # SQLite gives its log and shared memory the mode of the database, and that one the umask's.
    @event.listens_for(engine, "do_connect")
    def _connecting(*_: object) -> None:
        with suppress(OSError):  # SQLite says what is wrong
            ensure_private_file(path)

    # The driver's own transactions begin late and leave DDL out; these two hooks replace them
    # (SQLAlchemy, "Enabling Non-Legacy SQLite Transactional Modes").
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
        if statement is not None:
            connection.exec_driver_sql(statement)

    return engine


def _postgresql(url: URL, busy_timeout_s: float) -> Engine:
    timeout_ms = ceil(busy_timeout_s * 1000)
    try:
        engine = create_engine(
            url,
            isolation_level="READ COMMITTED",  # writers queue for a row, then see what it guards
            connect_args={
                "client_encoding": "utf8",
                "connect_timeout": max(2, ceil(busy_timeout_s)),
                "tcp_user_timeout": timeout_ms,
            },
            pool_timeout=busy_timeout_s,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigurationError(
            'a PostgreSQL gallery needs psycopg: pip install "psycopg[binary]"'
        ) from error

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {timeout_ms}")
        cursor.execute("SET TIME ZONE 'UTC'")  # elsewhere the last day of 9999 is no Python date
        cursor.close()
        connection.commit()

    return engine
