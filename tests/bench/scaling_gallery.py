"""A gallery of many named drivers, for requests that only the driver index works on."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from configs.settings import FaceEncoderSettings, GallerySettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.gallery.schema import drivers
from pipelines.gallery.store import GalleryStore

_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 10_000


def fill_with_names(folder: Path, size: int) -> GallerySettings:
    """Write drivers without faces straight into the table, as no client could in so short a time.

    A search for part of a name that nobody has reads all of them, and answers an empty list.

    Args:
        folder: Where the SQLite file lies.
        size: Drivers.

    Returns:
        The gallery's settings.
    """
    settings = GallerySettings(
        database_url=f"sqlite:///{folder}/gatehouse.db", snapshots=str(folder / "snapshots")
    )
    model = FakeFaceEncoder(FaceEncoderSettings(engine="fake"))
    store = GalleryStore.open(settings, model.model_id, model.dimension)
    for first in range(1, size + 1, _AT_ONCE):
        with store.writing() as connection:
            connection.execute(
                insert(drivers),
                [_named(driver_id) for driver_id in range(first, min(first + _AT_ONCE, size + 1))],
            )
    store.close()
    return settings


def _named(driver_id: int) -> dict[str, object]:
    name, external_id = f"Driver number {driver_id} of the fleet", f"fleet-{driver_id:07d}"
    return {
        "driver_id": driver_id,
        "created_at": _CREATED,
        "updated_at": _CREATED,
        "name": name,
        "external_id": external_id,
        "search_text": f"{name}\n{external_id}".casefold(),
    }
