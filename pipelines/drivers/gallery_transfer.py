"""Taking a whole gallery out as one file, and bringing such a file in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import BinaryIO, Final

from configs.settings import Settings
from pipelines.drivers.arriving_twins import ArrivingTwins
from pipelines.drivers.distinct_external_ids import DistinctExternalIds
from pipelines.drivers.gallery import DriverGallery
from pipelines.drivers.gallery_file import VERSION, GalleryFileWriter, Header
from pipelines.drivers.gallery_file_reader import GalleryFileReader, GalleryFileSummary
from pipelines.drivers.vehicle_export import VehicleExport
from pipelines.drivers.vehicle_import import NewDriverIds, VehicleImport, VehiclesBroughtIn
from pipelines.errors import Conflict, GatehouseError
from pipelines.gallery.driver_records import ExportedDriver
from pipelines.types import FaceModel
from pipelines.vehicles.book import Vehicles

_EXPORTED_AT_ONCE: Final = 200
_EXPORTED_WITH_PICTURES: Final = 20  # about 25 KB a face
_BATCH: Final = 100
_BATCH_BYTES: Final = 4 * 1024 * 1024
_IDS_NAMED: Final = 1000


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What an import did.

    Attributes:
        summary: What the file holds; all of it is in the gallery.
        added: How many drivers are new by this import; 0 where the same file came in before.
        ids: ``(id in the file, id here)`` of the first drivers.
        erased_since: How many of its drivers an earlier import of the same file brought in, and
            have been erased or merged after it; they stay away.
        vehicles: What it did with the vehicles.
    """

    summary: GalleryFileSummary
    added: int
    ids: tuple[tuple[int, int], ...]
    erased_since: int
    vehicles: VehiclesBroughtIn = field(default_factory=VehiclesBroughtIn)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a file is to be brought in.

    Attributes:
        key: Another one brings the same file in once more.
        allow_twin: Bring drivers in who are enrolled already, all the same.
        keep_known_vehicles: Leave vehicles out whose plate or external id is known here.
    """

    key: str = ""
    allow_twin: bool = False
    keep_known_vehicles: bool = False


_AS_ALWAYS: Final = Wishes()


class GalleryTransfer:
    """Exports and imports a gallery: drivers, vehicles, and which drivers are whose.

    Both leave and enter as one file because vehicles name drivers by ids, which an import makes
    anew: only whoever gives the new ones can say which they are.

    Args:
        gallery: The driver gallery.
        face_model: Says which model the gallery searches with.
        settings: Whether the pictures of an import are stored, and who counts as enrolled.
        vehicles: Those that the gate knows.
    """

    def __init__(
        self,
        gallery: DriverGallery,
        face_model: Callable[[], Awaitable[FaceModel]],
        settings: Settings,
        vehicles: Vehicles,
    ) -> None:
        self._directory = gallery.directory
        self._face_model = face_model
        self._keep_pictures = settings.storage.keep_pictures
        self._twins = ArrivingTwins(gallery, settings)
        self._vehicles_out = VehicleExport(vehicles)
        self._vehicles_in = VehicleImport(vehicles)

    async def export(self, pictures: bool) -> AsyncIterator[bytes]:
        """The file, piece by piece; what changes meanwhile is in it as of either moment.

        Args:
            pictures: Whether the aligned faces go with their vectors.

        Raises:
            Conflict: There are more vehicles than a file may have. Or a vehicle got the plate, or a
                driver or vehicle the external id, of another one that was written before.
            GalleryUnavailable: The store cannot be reached. Where the file had begun, it lacks its
                end, which every import notices.
        """
        await self._vehicles_out.refuse_too_many()
        model = await self._face_model()
        writer = GalleryFileWriter()
        header = Header(
            version=VERSION,
            created_at=datetime.now(UTC),
            model_ids=(model.model_id,),
            dimension=model.dimension,
            pictures=pictures,
        )
        ready = writer.begin(header)
        limit = _EXPORTED_WITH_PICTURES if pictures else _EXPORTED_AT_ONCE
        external_ids = DistinctExternalIds()
        after = 0
        while drivers := await self._directory.export(after, limit, pictures):
            after = drivers[-1].driver_id
            _refuse_shared(drivers, external_ids)
            ready += await asyncio.to_thread(_lines, writer, drivers)
            if ready:
                yield ready
            ready = b""
        async for lines in self._vehicles_out.export(writer):
            ready += lines
            if ready:
                yield ready
            ready = b""
        yield writer.end()

    async def bring_in(self, file: BinaryIO, wishes: Wishes = _AS_ALWAYS) -> BroughtIn:
        """Add what a file holds under new ids: first all of it is checked, then it is written.

        Vehicles name the drivers whom they named, by their new ids; of those who came by an earlier
        import of the file, the merged are named as who stayed, the erased are left out.

        The same file with the same key again adds nothing: also after a failure, when it goes on
        where it stopped.

        Args:
            file: The whole file, seekable.
            wishes: What to do about drivers and vehicles that are here already.

        Raises:
            AlreadyEnrolled: Drivers of the file are enrolled already; nothing was added.
            InvalidRequest: The file is damaged, cut off, or of another kind, or the gallery has
                vectors of another length of one of its models; nothing was added.
            Conflict: Nobody could be recognised by it here; nothing was added.
            ExternalIdTaken: A driver has one of the external ids; ``extra`` says how many drivers
                were added before. Or a vehicle has one; nothing was added.
            PlateTaken: A vehicle bears one of the plates; nothing was added.
            GalleryUnavailable: The store cannot be reached; send the file again.
        """
        model = await self._face_model()
        summary = await asyncio.to_thread(_checked, file, model)
        header = summary.header
        if model.model_id not in header.model_ids and not (header.pictures and self._keep_pictures):
            raise Conflict(
                f"the file has vectors of {', '.join(header.model_ids)}, this gallery searches "
                f"with {model.model_id}: export with pictures=true, which can be embedded again",
                {"model_ids": list(header.model_ids), "model_id": model.model_id},
            )
        others = {one: of for one, of in summary.lengths.items() if one != model.model_id}
        if others:
            from pipelines.gallery.transfer import fit_lengths  # noqa: PLC0415 - see _checked

            fit_lengths(others, await self._directory.vector_lengths(tuple(others)))
        # Whose first drivers are in was looked at when they came.
        first = self._token(summary, wishes.key, 0)
        if not wishes.allow_twin and not await self._directory.was_used(first):
            drivers = _batches(file, keep_pictures=False)
            await self._twins.refuse(drivers, model.model_id, summary.drivers)
        if summary.vehicles and not wishes.keep_known_vehicles:
            await self._vehicles_in.refuse_known(file, summary, wishes.key)
        driver_ids = NewDriverIds()
        brought = await self._written(file, summary, wishes.key, driver_ids)
        if not summary.vehicles:
            return brought
        keep_known = wishes.keep_known_vehicles
        vehicles = await self._vehicles_in.bring_in(
            file, summary, wishes.key, driver_ids, keep_known
        )
        return replace(brought, vehicles=vehicles)

    async def _written(
        self, file: BinaryIO, summary: GalleryFileSummary, key: str, driver_ids: NewDriverIds
    ) -> BroughtIn:
        ids: list[tuple[int, int]] = []
        done = added = gone = 0
        batches = _batches(file, self._keep_pictures)
        while batch := await asyncio.to_thread(next, batches, None):
            token = self._token(summary, key, done)
            try:
                before = await self._directory.was_used(token)
                new = await self._directory.bring_in(batch, token)
            except GatehouseError as error:
                raise type(error)(
                    f"{error} ({done} of {summary.drivers} drivers of the file are in; the same "
                    "file again adds none of them twice)",
                    error.extra | {"added": done, "drivers": summary.drivers},
                ) from error
            pairs = [(old.driver_id, here) for old, here in zip(batch, new, strict=True)]
            ids += pairs[: _IDS_NAMED - len(ids)]
            if summary.vehicles:
                driver_ids.add(pairs)
            done += len(batch)
            added += 0 if before else len(batch)
            gone += await self._missing(new)
        return BroughtIn(summary, added, tuple(ids), gone)

    async def _missing(self, driver_ids: tuple[int, ...]) -> int:
        """How many drivers of one batch, whose ids follow one another, are not there any more."""
        page = await self._directory.page(min(driver_ids) - 1, len(driver_ids))
        return len(set(driver_ids) - {driver.driver_id for driver in page.drivers})

    def _token(self, summary: GalleryFileSummary, key: str, place: int) -> str:
        said = f"import {summary.digest} {self._keep_pictures} {place} {key}"
        return sha256(said.encode()).hexdigest()[:32]


def _refuse_shared(drivers: tuple[ExportedDriver, ...], external_ids: DistinctExternalIds) -> None:
    for driver in drivers:
        external_id = driver.details.external_id
        if not external_ids.add(external_id):
            raise Conflict(
                f'driver {driver.driver_id} has the external id "{external_id}", as another one '
                "did when that was written to the file: export the gallery again"
            )


def _lines(writer: GalleryFileWriter, drivers: tuple[ExportedDriver, ...]) -> bytes:
    return b"".join(map(writer.add, drivers))


def _checked(file: BinaryIO, model: FaceModel) -> GalleryFileSummary:
    # SQLAlchemy comes with it, which takes half a second and which an ingress else does without.
    from pipelines.gallery.transfer import Arrival  # noqa: PLC0415

    file.seek(0)
    reader = GalleryFileReader(file)
    for driver in reader.drivers():
        Arrival((driver,), model.model_id, model.dimension)  # refuses what cannot be stored
    if reader.summary is None:
        raise ValueError("a file that was read to its end has no summary")
    return reader.summary


def _batches(file: BinaryIO, keep_pictures: bool) -> Iterator[tuple[ExportedDriver, ...]]:
    """The drivers in bounded batches that are always the same for a file."""
    file.seek(0)
    batch: list[ExportedDriver] = []
    size = 0
    for driver in GalleryFileReader(file).drivers():
        if batch and (len(batch) == _BATCH or size + _bytes_of(driver) > _BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        size += _bytes_of(driver)
        batch.append(driver if keep_pictures else _without_pictures(driver))
    if batch:
        yield tuple(batch)


def _bytes_of(driver: ExportedDriver) -> int:
    return sum(
        len(face.aligned_png or b"") + sum(vector.nbytes for vector in face.vectors.values())
        for face in driver.faces
    )


def _without_pictures(driver: ExportedDriver) -> ExportedDriver:
    return replace(driver, faces=tuple(replace(face, aligned_png=None) for face in driver.faces))
