"""The DriverIndex deployment: embeddings in, enrolled drivers out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from ray import serve
from ray.serve.handle import DeploymentHandle

from configs.settings import Settings
from deployments.book_calls import BOOKS
from deployments.exposition import Measurements
from deployments.gallery_gauges import GalleryGauges
from deployments.model_replica import ModelReplica, each, tune_batches
from deployments.remote import RemoteStage, Tunable
from deployments.worker import Worker
from pipelines.drivers.decision import decide
from pipelines.errors import DriverNotFound, GalleryUnavailable, GatehouseError, Unavailable
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import FACE_MODEL_CHANGING, EnrolledFace
from pipelines.types import FaceModel, GallerySearch, Vector

if TYPE_CHECKING:
    from pipelines.gallery.gallery import Gallery

_log = logging.getLogger(__name__)

_NO_DETAILS = DriverDetails()

T = TypeVar("T")
Probe = tuple[Vector, str]

_READY_WITHIN_S = 30.0  # a start that finds everything in place is ready at its end
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_MOST_WAITING_SEARCHES = 8  # batches
_MOST_WAITING_LOOKUPS = 128  # a batch of searches may be followed by as many at once
_MOST_WAITING_EVENT_READS = 64
_MOST_WAITING_REPORTS = 4
_MOST_WAITING_WRITES = 64
_STUCK_AFTER_S = 300.0  # longer than the database's own timeouts can add up to


class DriverIndex(ModelReplica):
    """Holds one replica of the index of a shard's drivers and keeps it as new as the store.

    Neither database nor face encoder need be there when it starts: it opens the gallery as soon as
    they are, and answers that the gallery is unavailable until then. Searches, lookups, reads of
    events, reports and writes have a thread each, so that none waits for another and the health
    check for none: a long search of the journal holds up no gate.
    """

    async def __init__(  # type: ignore[misc]  # Serve awaits constructors
        self, settings: Settings, face_encoder: DeploymentHandle, shard: int = 0
    ) -> None:
        super().__init__()
        self._settings = settings.gallery
        self._shard = shard
        # The encoder itself says whose vectors are kept here, so that models cannot mix.
        self._ask_model = RemoteStage(face_encoder, "model", Tunable(), repeatable=True)
        self._searches = Worker("gallery-searches", _MOST_WAITING_SEARCHES)
        self._lookups = Worker("gallery-lookups", _MOST_WAITING_LOOKUPS)
        self._event_reads = Worker("gallery-events", _MOST_WAITING_EVENT_READS)
        self._reports = Worker("gallery-reports", _MOST_WAITING_REPORTS)
        self._writes = Worker("gallery-writes", _MOST_WAITING_WRITES)
        self._gallery: Gallery | None = None
        self._gauges = GalleryGauges(shard)
        self._opening = asyncio.create_task(self._open())
        await asyncio.wait({self._opening}, timeout=_READY_WITHIN_S)
        self._raise_what_stopped_the_opening()

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.BatchTuning)."""
        tune_batches(self._search_batch, user_config)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        """Finds the drivers nearest to one probe, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The store cannot be read now.
            Unavailable: The probe is of another model than the gallery.
        """
        self._require_model(model_id)
        found: GallerySearch = await self.enter(self._search_batch, (vector, model_id))
        return found

    async def search_all(self, probes: Sequence[Probe]) -> list[GallerySearch | BaseException]:
        """Finds the drivers nearest to several probes; one outcome a probe, in order."""
        return await each(self.search(*probe) for probe in probes)

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,
        details: DriverDetails = _NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int:
        """Enrols faces, all or none and once a token, for a new driver (None) or an enrolled one.

        The driver may come to belong to any shard.

        Raises:
            AlreadyEnrolled: ``judged`` was overtaken by another registration.
            DriverNotFound: There is no such driver.
            ExternalIdTaken: Another driver has this external id.
            GalleryUnavailable: The store cannot be written now.
            IdempotencyKeyReused: The token came with another fingerprint.
            Overloaded: Too many registrations wait.
            Unavailable: The faces are of another model, or the registration was withdrawn.
        """
        gallery = self._opened()
        for face in faces:
            gallery = self._require_model(face.model_id)
        return await self._writes.run(
            gallery.register, faces, driver_id, token, details, fingerprint, judged
        )

    async def withdraw(self, token: str) -> int | None:
        """Says what became of a registration; one that is not committed never will be.

        Returns:
            The registration's driver, or None where it was not committed.

        Raises:
            GalleryUnavailable: The store cannot be written now.
            Overloaded: Too many registrations wait.
        """
        return await self._writes.run(self._opened().withdraw, token)

    async def records(self, book: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Runs one method of a book of the store, of whatever shard its driver is.

        Raises:
            GatehouseError: As the method raises it.
            Overloaded: Too many calls wait.
            ValueError: There is no such book or method.
        """
        calls = BOOKS.get(book)
        if calls is None or method not in calls.methods:
            raise ValueError(f"there is no method {method!r} of a book {book!r}")
        worker = self._writes
        if method in calls.long_reads:
            worker = self._reports
        elif method in calls.reads:
            worker = self._event_reads if book == "events" else self._lookups
        work = getattr(self._opened().books[book], method)
        return await worker.run(partial(work, *args, **kwargs))

    async def status(self) -> IndexStatus:
        """What this replica's index says of itself, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The gallery is not open, or the store cannot be read now.
        """
        return await asyncio.to_thread(self._opened().status)

    async def measurements(self) -> Measurements:
        """What this replica has measured, and how its index is now."""
        await self._gauges.look(self._gallery)
        return await super().measurements()

    async def in_thread(self, work: Callable[..., T], *args: Any) -> T:
        """Runs ``work`` in the thread of the searches."""
        return await self._searches.run(work, *args)

    def probe(self) -> None:
        """Reads the store's newest change."""
        self._opened().check()

    async def check_health(self) -> None:
        """Called by Serve; a raise has the replica replaced.

        A database that is away is no reason: another replica could not reach it either.

        Raises:
            ConfigurationError: The gallery cannot be opened as it is configured.
            RuntimeError: Nothing follows the store while nobody searches.
            TimeoutError: A thread is stuck.
        """
        self._raise_what_stopped_the_opening()
        if self._gallery is not None and self._gallery.failed:
            raise RuntimeError("the upkeep of the gallery's index has ended by an error")
        workers = (self._searches, self._lookups, self._event_reads, self._writes)
        busy_s = max(worker.busy_s() for worker in workers)
        if busy_s > _STUCK_AFTER_S:
            raise TimeoutError(f"a call of the gallery has been running for {busy_s:.0f} s")

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.0)
    async def _search_batch(
        self, probes: list[Probe]
    ) -> list[GallerySearch | GatehouseError | BaseException]:
        return await self.run_batch(self._search_all, probes)

    def _search_all(self, probes: list[Probe]) -> list[GallerySearch | GatehouseError]:
        """One outcome a probe; a store that fails is not asked again for each of them."""
        gallery = self._opened()
        # The gallery may have been opened for another model while a probe waited.
        fitting = [model_id == gallery.store.model_id for _, model_id in probes]
        vectors = [vector for (vector, _), fits in zip(probes, fitting, strict=True) if fits]
        try:
            answers = gallery.search(np.stack(vectors)) if vectors else ()
            found = iter([self._with_nearest(gallery, answer) for answer in answers])
        except GatehouseError as error:
            return [error] * len(probes)
        return [next(found) if fits else Unavailable(FACE_MODEL_CHANGING) for fits in fitting]

    def _with_nearest(self, gallery: "Gallery", answer: GallerySearch) -> GallerySearch:
        """Adds the driver's record where a driver is recognised, which spares a second call.

        One shard of several cannot tell.
        """
        if self._settings.shards > 1:
            return answer
        driver_id = decide(answer, self._settings).driver_id
        if driver_id is None:
            return answer
        with suppress(DriverNotFound):
            return replace(answer, nearest=gallery.store.directory.get(driver_id))
        return answer  # erased since the search

    def _opened(self) -> "Gallery":
        if self._gallery is None:
            raise GalleryUnavailable("the driver gallery is not open yet, try again shortly")
        return self._gallery

    def _require_model(self, model_id: str) -> "Gallery":
        gallery = self._opened()
        try:
            gallery.require_model(model_id)
        except Unavailable:
            # An encoder of another model has come: unless it is gone again, follow it.
            if self._opening.done():
                self._opening = asyncio.create_task(self._open())
            raise
        return gallery

    async def _open(self) -> None:
        """Opens the gallery of the encoder's model, as soon as that can be done."""
        pause_s = _FIRST_PAUSE_S
        while not await self._try_to_open():
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _try_to_open(self) -> bool:
        # FAISS is slow to import, and whoever builds the application needs the class alone.
        from pipelines.gallery.gallery import Gallery  # noqa: PLC0415

        before = self._gallery
        try:
            model: FaceModel = await self._ask_model()
            if before is None or before.store.model_id != model.model_id:
                self._gallery = await asyncio.to_thread(
                    Gallery.open, self._settings, model.model_id, model.dimension, self._shard
                )
                _log.info("the gallery of %s is open", model.model_id)
        except Unavailable as error:
            _log.warning("the gallery cannot be opened yet: %s", error)
            return False
        if before is not None and before is not self._gallery:
            await asyncio.to_thread(before.close)
        return True

    def _raise_what_stopped_the_opening(self) -> None:
        if self._opening.done():
            self._opening.result()
