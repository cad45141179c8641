"""Applications to send requests to."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.settings import GallerySettings, Settings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.gallery.database import open_engine
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.migration import migrate
from tests.contract.application import SHORT_STREAMS, Client, jpeg, plate_jpeg, street


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A picture folder with ids 10022 (a plate), 9965 (two plates) and 10000 (no plate)."""
    folder = tmp_path / "pictures" / "images"
    folder.mkdir(parents=True)
    (folder / "10022.jpg").write_bytes(plate_jpeg("30M2943"))
    (folder / "9965.jpg").write_bytes(plate_jpeg("A123BC77"))
    (folder / "10000.jpg").write_bytes(jpeg(street()))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a JPEG")
    return folder.parent


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them: a copy is quicker than making them anew."""
    file = tmp_path_factory.mktemp("database") / "new.db"
    engine = open_engine(GallerySettings(database_url=f"sqlite:///{file}"))
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture
def make_client(
    tmp_path: Path, pictures: Path, new_database: Path
) -> Iterator[Callable[..., Client]]:
    """Makes clients of an application with the given sections of settings changed."""
    made: list[tuple[Client, Gallery]] = []
    shutil.copy(new_database, tmp_path / "gatehouse.db")

    def make(**sections: dict[str, Any]) -> Client:
        tree: dict[str, Any] = {
            "pictures": {"base_url": str(pictures)},
            "gallery": {"database_url": f"sqlite:///{tmp_path}/gatehouse.db", "snapshots": None},
            "storage": {"url": str(tmp_path / "crops")},
            "events": SHORT_STREAMS,
        }
        for name, values in sections.items():
            tree[name] = {**tree.get(name, {}), **values}
        settings = Settings.model_validate(tree)
        encoder = FakeFaceEncoder(settings.face_encoder)
        gallery = Gallery.open(settings.gallery, encoder.model_id, encoder.dimension)
        client = Client(settings, gallery)
        made.append((client, gallery))
        return client

    yield make
    for client, gallery in made:
        client.close()
        gallery.close()


@pytest.fixture(scope="module")
def quiet_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One application for all tests of a module that change nothing; person 7 is driver 1."""
    folder = tmp_path_factory.mktemp("quiet")
    settings = Settings.model_validate(
        {
            "gallery": {"database_url": f"sqlite:///{folder}/gatehouse.db", "snapshots": None},
            "storage": {"url": str(folder / "crops")},
            "events": SHORT_STREAMS,
        }
    )
    encoder = FakeFaceEncoder(settings.face_encoder)
    gallery = Gallery.open(settings.gallery, encoder.model_id, encoder.dimension)
    client = Client(settings, gallery)
    assert client.enrol(7) == "1"
    yield client
    client.close()
    gallery.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """A client of the application with default settings."""
    return make_client()


@pytest.fixture
def other(make_client: Callable[..., Client], tmp_path: Path) -> Client:
    """An application with an empty gallery of its own."""
    (tmp_path / "other").mkdir()
    return make_client(
        gallery={"database_url": f"sqlite:///{tmp_path}/other/gatehouse.db"},
        storage={"url": str(tmp_path / "other" / "crops")},
    )
