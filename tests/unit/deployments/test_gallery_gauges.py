"""What a replica of an index says to whoever watches."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from configs.settings import GallerySettings
from deployments.gallery_gauges import GalleryGauges
from deployments.metrics import MODELS
from pipelines.errors import GalleryUnavailable
from pipelines.gallery.gallery import Gallery
from tests.unit.deployments.shards import DIMENSION, faces


def gauge(name: str, shard: int) -> float | None:
    return MODELS.get_sample_value(f"gatehouse_gallery_{name}", {"shard": str(shard)})


def opened(folder: Path) -> Gallery:
    url = f"sqlite:///{folder}/gallery.db"
    return Gallery.open(GallerySettings(database_url=url, snapshots=None), "m", DIMENSION)


def test_tells_size_sequence_and_what_was_not_applied(tmp_path: Path) -> None:
    gallery, other = opened(tmp_path), opened(tmp_path)
    gauges = GalleryGauges(31)
    asyncio.run(gauges.look(gallery))
    assert (gauge("open", 31), gauge("drivers", 31), gauge("lag_changes", 31)) == (1, 0, 0)
    gallery._replica._upkeep.stop()  # which would apply the change at any moment
    vector = np.eye(1, DIMENSION, dtype=np.float32)[0]
    other.register(faces(vector))
    asyncio.run(gauges.look(gallery))
    assert gauge("drivers", 31) == 1
    assert gauge("lag_changes", 31) == gauge("sequence", 31) == gallery.sequence > 0
    assert gauge("recall", 31) == 1
    gallery.close()
    other.close()


def test_a_gallery_that_cannot_be_read_is_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise GalleryUnavailable("the store cannot be read")

    gallery = opened(tmp_path)
    gauges = GalleryGauges(32)
    asyncio.run(gauges.look(gallery))
    assert gauge("open", 32) == 1
    monkeypatch.setattr(gallery.store, "head", away)
    asyncio.run(gauges.look(gallery))
    assert (gauge("open", 32), gauge("drivers", 32)) == (0, 0)
    monkeypatch.undo()
    gallery.close()


def test_a_gallery_that_is_not_there_yet_is_not_open() -> None:
    asyncio.run(GalleryGauges(33).look(None))
    assert gauge("open", 33) == 0
