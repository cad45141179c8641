import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from configs.settings import ROOT, GallerySettings
from pipelines.errors import ConfigurationError
from pipelines.gallery.database import open_engine
from pipelines.gallery.migration import migrate, newest_revision
from pipelines.gallery.schema import metadata
from tests.unit.conftest import DIMENSION, MODEL

REGISTERING = Path(__file__).with_name("registering.py")


def test_the_migrations_build_the_tables_of_the_schema(database_url: str) -> None:
    engine = open_engine(GallerySettings(database_url=database_url))
    migrate(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_the_newest_file_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "pipelines/gallery/migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    engine = open_engine(GallerySettings(database_url=database_url))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE gallery_head SET sequence = 41"))
    migrate(engine)
    with engine.connect() as connection:
        heads = connection.execute(text("SELECT head_id, sequence FROM gallery_head")).all()
    engine.dispose()
    assert [tuple(head) for head in heads] == [(1, 41)]


def test_threads_may_migrate_one_database_at_once(database_url: str) -> None:
    engines = [open_engine(GallerySettings(database_url=database_url)) for _ in range(6)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    with engines[0].connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM gallery_head")).scalar_one() == 1
    for engine in engines:
        engine.dispose()


def test_processes_may_start_and_register_on_an_empty_database_at_once(database_url: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, REGISTERING, database_url, MODEL, str(DIMENSION), str(n * 100), "20"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    printed = [child.communicate(timeout=300)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    ids = sorted(int(line.split()[1]) for output in printed for line in output.splitlines())
    assert len(ids) == len(set(ids)) == 60
    engine = open_engine(GallerySettings(database_url=database_url))
    with engine.connect() as connection:
        log = connection.execute(text("SELECT sequence FROM changes ORDER BY sequence")).scalars()
        assert list(log) == list(range(1, 61))
    engine.dispose()


def test_refuses_a_database_of_a_newer_version(database_url: str) -> None:
    engine = open_engine(GallerySettings(database_url=database_url))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        ConfigurationError,
        match=r"^the gallery database cannot be brought to this version's schema: "
        r"Can't locate revision identified by '9999'$",
    ):
        migrate(engine)
    engine.dispose()


def test_says_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "g.db.lock").mkdir()
    engine = open_engine(GallerySettings(database_url=f"sqlite:///{tmp_path}/g.db"))
    with pytest.raises(ConfigurationError) as raised:
        migrate(engine)
    assert str(raised.value) == f"the gallery's folder {tmp_path} cannot be written: Is a directory"
