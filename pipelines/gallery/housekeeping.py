"""What keeps the gallery in order, inside a transaction of the store."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    and_,
    delete,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from configs.settings import RetentionSettings
from pipelines.gallery import driver_rows
from pipelines.gallery.driver_records import GalleryCounts
from pipelines.gallery.schema import crop_removals, drivers, embeddings, faces

_KEYS_A_QUERY = 1000


def expired(
    connection: Connection, now: datetime, settings: RetentionSettings, limit: int
) -> tuple[int, ...]:
    """Drivers that the retention settings want erased, in the order of ids."""
    due = _due(now, settings)
    query = select(drivers.c.driver_id).where(due).order_by(drivers.c.driver_id)
    return tuple(connection.execute(query.limit(limit)).scalars())


def is_expired(
    connection: Connection, driver_id: int, now: datetime, settings: RetentionSettings
) -> bool:
    """Whether the retention settings want this driver erased."""
    query = select(drivers.c.driver_id).where(drivers.c.driver_id == driver_id, _due(now, settings))
    return connection.execute(query).first() is not None


def _due(now: datetime, settings: RetentionSettings) -> ColumnElement[bool]:
    """A driver without faces is as old as its registration."""
    due: list[ColumnElement[bool]] = []
    if settings.driver_days is not None:
        oldest = now - timedelta(days=settings.driver_days)
        own = select(faces.c.face_id).where(faces.c.driver_id == drivers.c.driver_id)
        newer = own.where(faces.c.created_at >= oldest)
        due.append(and_(~newer.exists(), or_(drivers.c.created_at < oldest, own.exists())))
    if settings.expired_days is not None:
        due.append(drivers.c.valid_until <= now - timedelta(days=settings.expired_days))
    return or_(false(), *due)


def note_removals(connection: Connection, keys: Sequence[str]) -> None:
    """Note crops whose files are to be removed; what is noted already stays."""
    if not keys:
        return
    now = datetime.now(UTC)
    rows = [{"crop_key": key, "since": now} for key in dict.fromkeys(keys)]
    dialect: Dialect = connection.dialect
    upsert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    connection.execute(upsert(crop_removals).on_conflict_do_nothing(), rows)


def pending_removals(connection: Connection, limit: int) -> tuple[str, ...]:
    """Crops whose files are still to be removed, those that wait longest first."""
    query = select(crop_removals.c.crop_key).order_by(crop_removals.c.since).limit(limit)
    return tuple(connection.execute(query).scalars())


def removals_done(connection: Connection, keys: Sequence[str]) -> None:
    """Forget crops whose files are gone."""
    for start in range(0, len(keys), _KEYS_A_QUERY):
        some = crop_removals.c.crop_key.in_(keys[start : start + _KEYS_A_QUERY])
        connection.execute(delete(crop_removals).where(some))


def counts(connection: Connection, model_id: str) -> GalleryCounts:
    """How much is stored."""
    all_faces = connection.execute(select(func.count()).select_from(faces)).scalar_one()
    of_model = select(func.count()).select_from(embeddings).where(embeddings.c.model_id == model_id)
    searchable = connection.execute(of_model).scalar_one()
    return GalleryCounts(driver_rows.count(connection), all_faces, all_faces - searchable)
