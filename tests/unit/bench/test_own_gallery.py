"""Our gallery as the bench drives it."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.gallery.store import GalleryStore
from tests.bench.contender import ContenderFailed
from tests.bench.face_cloud import DIMENSION, FaceCloud, template_of
from tests.bench.own_gallery import MODEL, GalleryFiller, OwnGallery, settings_in

DRIVERS = 1_000
SEED = 5


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> GallerySettings:
    """Of a filled gallery."""
    made = settings_in(tmp_path_factory.mktemp("gallery"), DRIVERS)
    assert GalleryFiller(made, SEED).fill(DRIVERS, 60.0) > 0
    return made


@pytest.fixture
def replica(settings: GallerySettings) -> Iterator[OwnGallery]:
    opened = OwnGallery(settings)
    opened.build(Path(), time.monotonic() + 60)
    yield opened
    opened.close()


def test_rows_are_what_registrations_would_have_written(settings: GallerySettings) -> None:
    store = GalleryStore.open(settings, MODEL, DIMENSION)
    counts = store.directory.counts()
    assert (counts.drivers, counts.faces, counts.without_vector) == (DRIVERS, 3 * DRIVERS, 0)
    assert store.head_sequence() == DRIVERS
    update = store.update_since(None)
    store.close()
    assert update.driver_ids.tolist() == list(range(1, DRIVERS + 1))
    expected = template_of(next(FaceCloud(SEED).faces(DRIVERS)))
    np.testing.assert_allclose(update.templates, expected, atol=1e-6)


def test_a_row_is_a_drivers_id_less_one(replica: OwnGallery) -> None:
    templates = template_of(next(FaceCloud(SEED).faces(DRIVERS)))
    assert [replica.nearest(templates[row][np.newaxis]) for row in (0, 7, 999)] == [0, 7, 999]
    assert (replica.setting(), replica.index_seconds()) == ("exact", None)


def test_a_second_replica_starts_from_the_snapshot_and_finds_what_it_registers(
    settings: GallerySettings, replica: OwnGallery
) -> None:
    second = OwnGallery(settings)
    started = second.start()
    assert (started.drivers, started.from_snapshot) == (DRIVERS, DRIVERS)
    (faces,) = next(FaceCloud(SEED + 1).faces(1))
    driver_id, began, acknowledged = second.register(faces)
    found, moment = replica.find(template_of(faces[np.newaxis]), driver_id)
    second.close()
    assert (found, driver_id) == (True, DRIVERS + 1)
    assert began < acknowledged < moment


def test_filling_stops_at_its_limit(tmp_path: Path) -> None:
    with pytest.raises(ContenderFailed, match=r"^not filled in time: 0 drivers are in$"):
        GalleryFiller(settings_in(tmp_path, DRIVERS), SEED).fill(DRIVERS, -1.0)


def test_waiting_for_the_upkeep_ends(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, DRIVERS)
    GalleryFiller(settings, SEED).fill(10, 60.0)  # too few for a snapshot
    gallery = OwnGallery(settings)
    with pytest.raises(ContenderFailed, match=r"^its index or its snapshot was not ready in time$"):
        gallery.build(Path(), time.monotonic())
    gallery.close()
