from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from configs.settings import GallerySettings
from pipelines.errors import ConfigurationError, GalleryUnavailable
from pipelines.gallery import database
from pipelines.gallery.database import for_snapshots, for_writes, open_engine, reaching_store
from pipelines.gallery.store import GalleryStore
from tests.file_modes import modes, umask
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person


def test_relative_sqlite_paths_start_at_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ROOT", tmp_path)
    monkeypatch.chdir("/")
    store = GalleryStore.open(
        GallerySettings(database_url="sqlite:///new/folder/g.db"), MODEL, DIMENSION
    )
    store.close()
    assert (tmp_path / "new" / "folder" / "g.db").is_file()


def test_a_sqlite_database_is_its_owners_alone_its_log_too(
    tmp_path: Path, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=f"sqlite:///{tmp_path}/new/g.db")
    with umask(0):
        store = GalleryStore.open(settings, MODEL, DIMENSION)
        store.register([enrol(person(1))])
        found = modes(tmp_path)
        store.close()
    files = ("g.db", "g.db-wal", "g.db-shm", "g.db.lock")
    assert found == {"new": 0o700} | {f"new/{name}": 0o600 for name in files}


def test_a_sqlite_database_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    path.touch()
    path.chmod(0o640)
    settings = GallerySettings(database_url=f"sqlite:///{path}")
    GalleryStore.open(settings, MODEL, DIMENSION).close()
    assert modes(tmp_path)["g.db"] == 0o640


def test_takes_the_url_from_the_named_environment_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALLERY_URL", f"sqlite:///{tmp_path}/env.db")
    engine = open_engine(GallerySettings(database_url_env="GALLERY_URL"))
    assert engine.url.database == f"{tmp_path}/env.db"


def test_says_which_environment_variable_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GALLERY_URL", raising=False)
    with pytest.raises(
        ConfigurationError, match=r"^environment variable GALLERY_URL holds no database URL$"
    ):
        open_engine(GallerySettings(database_url_env="GALLERY_URL"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "secret words",
            "gallery.database_url is not a URL such as sqlite:///var/gatehouse.db",
        ),
        (
            "mysql://root:secret@host/db",
            "gallery.database_url names mysql; known are sqlite and postgresql",
        ),
        ("sqlite://", "gallery.database_url must name a file, sqlite:///PATH"),
        ("sqlite:///:memory:", "gallery.database_url must name a file, sqlite:///PATH"),
    ],
)
def test_refuses_a_url_that_cannot_work(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_engine(GallerySettings(database_url=url))
    assert str(raised.value) == message
    assert "secret" not in repr(raised.value)


def test_says_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError) as raised:
        open_engine(GallerySettings(database_url=f"sqlite:///{tmp_path}/file/sub/g.db"))
    assert str(raised.value) == (
        f"the gallery's folder {tmp_path}/file/sub cannot be made: Not a directory"
    )


def test_sqlite_connections_sync_fully_and_check_foreign_keys(sqlite_url: str) -> None:
    GalleryStore.open(GallerySettings(database_url=sqlite_url), MODEL, DIMENSION).close()
    engine = open_engine(GallerySettings(database_url=sqlite_url, busy_timeout_s=7))
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 7000,
    }


def test_a_writer_waits_for_no_longer_than_the_busy_timeout(
    database_url: str, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=database_url, busy_timeout_s=0.2)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    engine = open_engine(settings)
    with for_writes(engine).begin() as blocking:
        blocking.execute(text("UPDATE gallery_head SET sequence = sequence"))
        with pytest.raises(GalleryUnavailable):
            store.register([enrol(person(1))])
        assert store.head_sequence() == 0
    assert store.register([enrol(person(1))]) >= 1
    engine.dispose()
    store.close()


def test_a_snapshot_does_not_see_later_commits(
    database_url: str, person: Person, enrol: Enrol
) -> None:
    settings = GallerySettings(database_url=database_url)
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    engine = open_engine(settings)
    head = text("SELECT sequence FROM gallery_head")
    with for_snapshots(engine).connect() as reader:
        assert reader.execute(head).scalar_one() == 0
        store.register([enrol(person(1))])
        assert reader.execute(head).scalar_one() == 0
    engine.dispose()
    store.close()


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    settings = GallerySettings(database_url=f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(GalleryUnavailable):
        GalleryStore.open(settings, MODEL, DIMENSION)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "g.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(GalleryUnavailable):
        GalleryStore.open(
            GallerySettings(database_url=f"sqlite:///{tmp_path}/g.db"), MODEL, DIMENSION
        )


def test_a_failure_is_logged_without_the_statements_values(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(GallerySettings(database_url=sqlite_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE photos (face TEXT)"))
    with (
        pytest.raises(GalleryUnavailable) as raised,
        reaching_store(),
        engine.connect() as connection,
    ):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.execute(text("INSERT INTO photos VALUES (:face)"), {"face": "biometric"})
    engine.dispose()
    assert caplog.messages == ["gallery store failed: attempt to write a readonly database"]
    assert "biometric" not in str(raised.value.__cause__)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT 1 FROM nowhere", (OperationalError, ProgrammingError)),
        ("SELEKT 1", (OperationalError, ProgrammingError)),
        ("INSERT INTO gallery_head (head_id, sequence, token) VALUES (1, 0, '')", IntegrityError),
    ],
)
def test_statements_that_can_never_succeed_keep_their_errors(
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    statement: str,
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    settings = GallerySettings(database_url=database_url)
    GalleryStore.open(settings, MODEL, DIMENSION).close()
    engine = open_engine(settings)
    with pytest.raises(error), reaching_store(), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    assert caplog.messages == []
