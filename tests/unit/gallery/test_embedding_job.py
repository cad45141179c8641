"""Moving a gallery to another model, with writers at work."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.errors import Unavailable
from pipelines.gallery import embedding_job
from pipelines.gallery.embedding_job import EmbeddingJob
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.stored_models import stored_models
from pipelines.types import Picture
from tests.unit.gallery.people import NEW, OLD, enrolled, seen

STAYING, LEAVING, COMING = range(100, 130), range(200, 230), range(300, 330)


@pytest.fixture
def old(settings: GallerySettings) -> Iterator[GalleryStore]:
    opened = GalleryStore.open(settings, OLD.model_id, OLD.dimension)
    yield opened
    opened.close()


@pytest.fixture
def new(settings: GallerySettings) -> Iterator[GalleryStore]:
    opened = GalleryStore.open(settings, NEW.model_id, NEW.dimension)
    yield opened
    opened.close()


class Watched:
    """The new model, which does something each time before it embeds."""

    model_id = NEW.model_id
    dimension = NEW.dimension
    encode = NEW.encode

    def __init__(self, before: Callable[[int], None]) -> None:
        self._before = before
        self.calls = 0

    def embed(self, aligned: Sequence[Picture]) -> NDArray[np.float32]:
        self.calls += 1
        self._before(self.calls)
        return NEW.embed(aligned)


def best(gallery: Gallery, vectors: Sequence[NDArray[np.float32]]) -> list[int]:
    found = gallery.search(np.stack(vectors))
    assert all(one.matches[0].similarity > 0.9 for one in found)
    return [one.matches[0].driver_id for one in found]


def opened(settings: GallerySettings, *, new: bool = False) -> Gallery:
    encoder = NEW if new else OLD
    quiet = settings.model_copy(update={"snapshots": None})
    return Gallery.open(quiet, encoder.model_id, encoder.dimension)


def test_the_new_model_finds_the_same_people(settings: GallerySettings, old: GalleryStore) -> None:
    drivers = [old.register(enrolled(identity)) for identity in STAYING]
    fresh = opened(settings, new=True)
    assert EmbeddingJob(fresh.store, NEW).run().embedded == 2 * len(drivers)
    assert best(fresh, [seen(one, 9, new=True).embedding for one in STAYING]) == drivers
    fresh.close()


def test_a_second_run_finds_nothing_to_do(old: GalleryStore, new: GalleryStore) -> None:
    old.register(enrolled(1))
    told: list[int] = []
    EmbeddingJob(new, NEW).run(told.append)
    assert told == [2]
    head = new.head()
    assert EmbeddingJob(new, NEW).run().embedded == 0
    assert new.head() == head


def test_who_is_enrolled_meanwhile_is_embedded_and_who_is_erased_does_not_come_back(
    old: GalleryStore, new: GalleryStore
) -> None:
    first, second = (old.register(enrolled(identity)) for identity in (1, 2))

    def meanwhile(call: int) -> None:
        if call == 1:  # both are in the batch that is being embedded
            old.directory.erase(first)
            old.register(enrolled(3))
        if call == 2:
            old.register(enrolled(4), driver_id=second)

    job = EmbeddingJob(new, Watched(meanwhile))
    assert job.run().embedded == 6
    (of_new,) = (one for one in stored_models(new) if one.model_id == NEW.model_id)
    assert (of_new.faces, of_new.missing, of_new.lost) == (6, 0, 0)
    assert new.update_since(None).driver_ids.tolist() == [second, second + 1]


@pytest.mark.parametrize("cut_off_at", [1, 2, 3, 4])
def test_goes_on_where_it_was_cut_off(
    old: GalleryStore, new: GalleryStore, monkeypatch: pytest.MonkeyPatch, cut_off_at: int
) -> None:
    monkeypatch.setattr(embedding_job, "FACES_AT_ONCE", 2)
    drivers = [old.register(enrolled(identity)) for identity in range(4)]

    def die(call: int) -> None:
        if call == cut_off_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EmbeddingJob(new, Watched(die)).run()
    assert len(new.update_since(None).driver_ids) == cut_off_at - 1
    assert EmbeddingJob(new, NEW).run().embedded == 8 - 2 * (cut_off_at - 1)
    assert new.update_since(None).driver_ids.tolist() == drivers


def test_two_runs_at_once_write_every_vector_once(
    settings: GallerySettings, old: GalleryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_job, "FACES_AT_ONCE", 3)
    for identity in range(10):
        old.register(enrolled(identity))
    stores = [GalleryStore.open(settings, NEW.model_id, NEW.dimension) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda store: EmbeddingJob(store, NEW).run(), stores))
    assert sum(run.embedded for run in runs) == 20
    assert len(stores[0].update_since(None).driver_ids) == 10
    for store in stores:
        store.close()


def test_unusable_pictures_are_named_and_hold_nothing_up(
    old: GalleryStore, new: GalleryStore
) -> None:
    good = enrolled(1, faces=1)[0]
    assert good.aligned_png is not None
    damaged = [b"", b"png", good.aligned_png[: len(good.aligned_png) // 2]]
    small = EnrolledFace.of(replace(seen(2), aligned=seen(2).aligned[:50]), "small.jpg")
    bad = [*(replace(good, aligned_png=png) for png in damaged), small]
    old.register([*bad, good, replace(good, aligned_png=None)])
    done = EmbeddingJob(new, NEW).run()
    ids = sorted(face.face_id for face in old.directory.faces(1))
    assert (done.embedded, list(done.undecodable)) == (1, ids[:4])


def test_refuses_a_store_of_another_model(old: GalleryStore) -> None:
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        EmbeddingJob(old, NEW)


def test_a_service_at_work_loses_nobody_and_keeps_nobody_erased(
    settings: GallerySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_job, "FACES_AT_ONCE", 8)
    service = opened(settings)
    staying = [service.register(enrolled(identity)) for identity in STAYING]
    leaving = [service.register(enrolled(identity)) for identity in LEAVING]
    coming: list[int] = []
    under_way, written = Event(), Event()

    def register() -> None:
        coming.extend(service.register(enrolled(identity)) for identity in COMING)

    def erase() -> None:
        for driver_id in leaving:
            service.store.directory.erase(driver_id)

    def search() -> int:
        answered = 0
        while not written.is_set():
            assert best(service, [seen(one, 9).embedding for one in STAYING]) == staying
            answered += 1
        return answered

    store = GalleryStore.open(settings, NEW.model_id, NEW.dimension)
    watched = Watched(lambda _: under_way.set())
    job = EmbeddingJob(store, watched)
    with ThreadPoolExecutor(4) as pool:
        searching = pool.submit(search)
        running = pool.submit(job.run)
        assert under_way.wait(300)
        writing = [pool.submit(register), pool.submit(erase)]
        try:
            running.result(timeout=300)
            for one in writing:
                one.result(timeout=300)
        finally:
            written.set()
        searches = searching.result(timeout=300)
    EmbeddingJob(store, NEW).run()  # as is due after the redeployment
    assert searches > 0
    fresh = opened(settings, new=True)
    here = {**dict(zip(STAYING, staying, strict=True)), **dict(zip(COMING, coming, strict=True))}
    assert best(fresh, [seen(one, 9, new=True).embedding for one in here]) == list(here.values())
    everybody = store.update_since(None).driver_ids.tolist()
    assert everybody == sorted(here.values())
    (of_new,) = (one for one in stored_models(store) if one.model_id == NEW.model_id)
    assert (of_new.faces, of_new.missing) == (2 * len(here), 0)
    service.close()
    fresh.close()
    store.close()
