"""A gallery of the first schema keeps everything that it holds."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Engine, text

from configs.settings import GallerySettings
from pipelines.gallery import migration
from pipelines.gallery.database import for_writes, open_engine
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.records import ChangeKind, Head
from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleFilter
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person

MOMENT = "2026-03-04 05:06:07.000008"
FACE = (
    "INSERT INTO faces (driver_id, model_id, vector, score, size_px, sharpness, brightness, yaw, "
    "pitch, roll, quality_score, crop_key, created_at, aligned_png) VALUES (:driver, :model, "
    ":vector, 0.9, 100, 200, 128, 1, 2, 3, :best, :crop, :at, :png)"
)


@contextmanager
def engine_of(settings: GallerySettings) -> Iterator[Engine]:
    engine = open_engine(settings)
    yield engine
    engine.dispose()


def build_schema(settings: GallerySettings, revision: str) -> None:
    with engine_of(settings) as engine, for_writes(engine).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migration._SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def build_first_schema(settings: GallerySettings) -> None:
    build_schema(settings, "0001")


def fill(settings: GallerySettings, person: Person) -> None:
    """Three drivers with two faces each, the second of another model; the last driver is erased."""
    with engine_of(settings) as engine, engine.begin() as connection:
        at = f"{MOMENT}+00:00" if engine.dialect.name == "postgresql" else MOMENT
        for driver in (1, 2, 3):
            connection.execute(text("INSERT INTO drivers (created_at) VALUES (:at)"), {"at": at})
            for model in (MODEL, "old-model"):
                row = {
                    "driver": driver,
                    "model": model,
                    "vector": person(driver).astype("<f4").tobytes(),
                    "best": 0.5 if model == MODEL else 0.25,
                    "crop": f"{driver}-{model}.jpg",
                    "at": at,
                    "png": b"png" * 10_000,
                }
                connection.execute(text(FACE), row)
        changes = [(n, "driver_registered", n) for n in (1, 2, 3)] + [(4, "driver_erased", 3)]
        for sequence, kind, driver in changes:
            connection.execute(
                text("INSERT INTO changes VALUES (:sequence, :kind, :driver, :at, :token)"),
                {
                    "sequence": sequence,
                    "kind": kind,
                    "driver": driver,
                    "at": at,
                    "token": f"t{sequence}",
                },
            )
        connection.execute(text("DELETE FROM drivers WHERE driver_id = 3"))
        connection.execute(text("UPDATE gallery_head SET sequence = 4, token = 't4'"))


@pytest.fixture
def migrated(settings: GallerySettings, person: Person) -> Iterator[GalleryStore]:
    build_first_schema(settings)
    fill(settings, person)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    yield store
    store.close()


def test_drivers_faces_vectors_and_the_log_are_all_there(
    migrated: GalleryStore, person: Person
) -> None:
    directory = migrated.directory
    assert [one.driver_id for one in directory.page().drivers] == [1, 2]
    record = directory.get(2)
    assert (record.details, record.version, record.face_count) == (DriverDetails(), 1, 1)
    assert record.created_at == record.updated_at
    assert record.created_at.isoformat(" ") == f"{MOMENT}+00:00"
    best, other = directory.faces(1)
    assert (best.crop_key, best.searchable) == (f"1-{MODEL}.jpg", True)
    assert (other.crop_key, other.searchable) == ("1-old-model.jpg", False)
    assert (best.quality.yaw, best.quality.pitch, best.quality.roll) == (1, 2, 3)
    assert best.created_at.isoformat(" ") == f"{MOMENT}+00:00"
    np.testing.assert_allclose(
        migrated.update_since(None).templates, [person(1), person(2)], atol=1e-6
    )
    assert directory.unembedded(MODEL, 10) == ((2, b"png" * 10_000), (4, b"png" * 10_000))
    assert directory.pending_removals(10) == ()


def test_vectors_of_another_model_stay_with_their_faces(
    migrated: GalleryStore, settings: GallerySettings, person: Person
) -> None:
    old = GalleryStore.open(settings, "old-model", DIMENSION)
    assert old.head() == migrated.head()
    np.testing.assert_allclose(old.update_since(None).templates, [person(1), person(2)], atol=1e-6)
    assert old.directory.get(1).face_count == 1
    old.close()


def test_the_log_goes_on_where_it_was(migrated: GalleryStore, person: Person, enrol: Enrol) -> None:
    assert migrated.head() == Head(4, "t4")
    since = migrated.update_since(Head(3, "t3"))
    assert (since.complete, since.erased, since.touched.tolist()) == (False, True, [3])
    migrated.register([enrol(person(9))], token="new")
    assert [(c.sequence, c.kind, c.detail) for c in migrated.changes_since(3)] == [
        (4, ChangeKind.DRIVER_ERASED, None),
        (5, ChangeKind.DRIVER_REGISTERED, None),
    ]
    assert migrated.register([enrol(person(9))], token="t2") == 2


def test_an_erased_drivers_number_is_not_given_out_again(
    migrated: GalleryStore, person: Person, enrol: Enrol
) -> None:
    assert migrated.register([enrol(person(9))]) == 4
    assert migrated.directory.faces(4)[0].face_id == 7


def test_erasing_takes_the_vectors_of_every_model(migrated: GalleryStore) -> None:
    assert migrated.erase(1) == (f"1-{MODEL}.jpg", "1-old-model.jpg")
    with migrated.reading() as connection:
        rows = connection.execute(text("SELECT face_id FROM embeddings ORDER BY face_id"))
        assert list(rows.scalars()) == [3, 4]


def test_replicas_that_start_at_once_move_the_data_once(
    settings: GallerySettings, person: Person
) -> None:
    build_first_schema(settings)
    fill(settings, person)
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: GalleryStore.open(settings, MODEL, DIMENSION), range(6)))
    for store in stores:
        assert store.update_since(None).driver_ids.tolist() == [1, 2]
        store.close()


def test_a_migration_that_fails_leaves_the_first_schema_whole(
    settings: GallerySettings, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_first_schema(settings)
    fill(settings, person)
    whole = EnvironmentContext.run_migrations

    def broken(self: EnvironmentContext, **kw: object) -> None:
        whole(self, **kw)
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(EnvironmentContext, "run_migrations", broken)
    with pytest.raises(RuntimeError, match="the process ends here"):
        GalleryStore.open(settings, MODEL, DIMENSION)
    monkeypatch.undo()
    with engine_of(settings) as engine, engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        vectors = connection.execute(text("SELECT count(vector) FROM faces")).scalar_one()
    assert (version, vectors) == ("0001", 4)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    assert store.update_since(None).driver_ids.tolist() == [1, 2]
    store.close()


DRIVER = (
    "INSERT INTO drivers (created_at, name, external_id, search_text) "
    "VALUES (:at, :name, :external_id, :search_text)"
)
VEHICLE = (
    "INSERT INTO vehicles (plate, country, list, any_driver, external_id, version, created_at, "
    "updated_at, search_text) VALUES ('A1', '', 'allow', :yes, 'Größe', 1, :at, :at, :search_text)"
)


def test_what_was_searched_with_its_accents_is_found_without(
    settings: GallerySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.gallery.search_text.folded", str.upper)  # as it may be in years
    build_schema(settings, "0006")
    said = [("Müller", "é-1", "müller\né-1"), (None, None, None), ("Łuk", None, "łuk")]
    said += [("Ann", "x-1", "ann\nx-1"), (None, "Ø-2", "ø-2")]
    with engine_of(settings) as engine, engine.begin() as connection:
        at = f"{MOMENT}+00:00" if engine.dialect.name == "postgresql" else MOMENT
        for name, external_id, search_text in said:
            row = {"name": name, "external_id": external_id, "search_text": search_text, "at": at}
            connection.execute(text(DRIVER), row)
        vehicle = {"at": at, "yes": True, "search_text": "a1\ngrösse"}
        connection.execute(text(VEHICLE), vehicle)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    monkeypatch.undo()
    with store.reading() as connection:
        kept = connection.execute(text("SELECT search_text FROM drivers ORDER BY driver_id"))
        assert list(kept.scalars()) == ["muller\ne-1", None, "luk", "ann\nx-1", "o-2"]
    assert [one.driver_id for one in store.directory.page(query="luk").drivers] == [3]
    found = VehicleDirectory(store).page(wanted=VehicleFilter(query="gros"))
    assert [one.vehicle_id for one in found.vehicles] == [1]
    assert store.head_sequence() == 0
    store.close()
