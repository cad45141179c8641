"""The directory over handles: the same methods as that of the store."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from ray.exceptions import ActorDiedError
from ray.serve.handle import DeploymentHandle

from configs.settings import GallerySettings, RetentionSettings
from deployments.book_calls import BOOKS
from deployments.remote import Tunable
from deployments.remote_directory import RemoteDirectory
from deployments.remote_vehicles import RemoteVehicles
from pipelines.errors import Unavailable, VersionMismatch
from pipelines.gallery.directory import DriverDirectory
from pipelines.vehicles.directory import VehicleDirectory
from tests.unit.deployments.shards import DIMENSION, Shard, faces

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def methods(of: type) -> dict[str, list[tuple[str, object]]]:
    named = inspect.getmembers(of, inspect.isfunction)
    return {
        name: [(one.name, one.default) for one in inspect.signature(method).parameters.values()]
        for name, method in named
        if not name.startswith("_")
    }


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    url = f"sqlite:///{tmp_path / 'g.db'}"
    opened = Shard(GallerySettings(database_url=url, snapshots=None), 0)
    yield opened
    opened.gallery.close()


@pytest.fixture
def directory(shard: Shard) -> RemoteDirectory:
    return RemoteDirectory([cast(DeploymentHandle, shard)], Tunable())


async def test_has_every_method_of_the_stores_books_with_its_arguments() -> None:
    assert methods(RemoteDirectory) == methods(DriverDirectory)
    assert methods(RemoteVehicles) == methods(VehicleDirectory)


async def test_every_book_of_the_store_has_the_methods_that_may_be_called(shard: Shard) -> None:
    books = shard.gallery.books
    assert {name: set(methods(type(book))) for name, book in books.items()} == {
        name: set(calls.methods) for name, calls in BOOKS.items()
    }
    for calls in BOOKS.values():
        named = [*calls.reads, *calls.long_reads, *calls.writes, *calls.repeatable_writes]
        assert len(named) == len(calls.methods)


async def test_answers_what_the_store_answers(directory: RemoteDirectory, shard: Shard) -> None:
    vector = np.eye(DIMENSION, dtype=np.float32)[0]
    first = shard.gallery.register(faces(vector, 2))
    second = shard.gallery.register(faces(vector))
    record = await directory.update(first, {"name": "Ada"}, version=1)
    assert (record.details.name, record.version) == ("Ada", 2)
    assert await directory.get(first) == record
    assert (await directory.page(query="ad")).drivers == (record,)
    with pytest.raises(VersionMismatch):
        await directory.update(first, {"name": "Eve"}, version=1)
    face_ids = [face.face_id for face in await directory.faces(first)]
    assert (await directory.remove_face(first, face_ids[0])).face_count == 1
    assert (await directory.merge(first, second)).face_count == 2
    template = await directory.template(first, shard.gallery.store.model_id)
    assert template is not None
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        await directory.template(first, "another")
    likeness = await directory.likeness(first, [vector, -vector], "m")
    assert [one is None for one in likeness.same_photo] == [False, True]
    np.testing.assert_allclose(template, vector, atol=1e-6)
    exported = await directory.export(0, 10, pictures=True)
    assert not await directory.was_used("a" * 32)
    (brought,) = await directory.bring_in(exported, "a" * 32)
    assert await directory.was_used("a" * 32)
    assert await directory.bring_in(exported, "a" * 32) == (brought,)
    assert (await directory.counts()).drivers == 2
    assert await directory.erase(brought) == ()
    assert await directory.expired(datetime.now(UTC), RetentionSettings(), 10) == ()
    assert await directory.erase_expired(first, datetime.now(UTC), RetentionSettings()) is None
    pending = await directory.pending_removals(10)
    await directory.removals_done(pending)
    assert await directory.pending_removals(10) == ()
    unembedded = await directory.unembedded("new", 10)
    assert len(unembedded) == 2
    vectors = {face_id: vector for face_id, _ in unembedded}
    assert await directory.add_embeddings("new", vectors) == 2
    assert await directory.vector_lengths(["new", "old"]) == {"new": DIMENSION}
    assert await directory.drop_model("new") == 2


async def test_sends_a_read_again_and_a_write_never(
    directory: RemoteDirectory, shard: Shard
) -> None:
    shard.failure = ActorDiedError()
    with pytest.raises(Unavailable, match=r"^DriverIndex-0.records has no replica that answers$"):
        await directory.get(1)
    assert shard.calls == ["get", "get"]
    with pytest.raises(Unavailable):
        await directory.erase(1)
    assert shard.calls == ["get", "get", "erase"]
