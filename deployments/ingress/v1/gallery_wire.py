"""What the /v1/gallery routes answer, as JSON."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from deployments.ingress.wire import Wire
from pipelines.drivers.gallery_transfer import BroughtIn
from pipelines.drivers.vehicle_import import KnownVehicle, VehiclesBroughtIn
from pipelines.gallery.driver_records import GalleryCounts
from pipelines.gallery.index_status import IndexStatus


class Shard(Wire):
    """The index of one shard, as of now."""

    shard: int = Field(examples=[0])
    shards: int = Field(examples=[1])
    model_id: str = Field(examples=["sface/1"])
    kind: str = Field(examples=["exact"], description="`exact` or `approximate`.")
    recall: float | None = Field(
        examples=[None],
        description="Share of the exact nearest drivers that an approximate index finds, measured.",
    )
    drivers: int = Field(examples=[48])
    sequence: int = Field(examples=[131], description="Last change that the index includes.")
    bytes_per_driver: float = Field(examples=[520.0], description="Memory.")
    snapshot_sequence: int | None = Field(
        examples=[120], description="Last change in the newest snapshot; null without one."
    )

    @classmethod
    def of(cls, status: IndexStatus) -> Self:
        """The state of an index, in wire form."""
        return cls(
            shard=status.shard,
            shards=status.shards,
            model_id=status.model_id,
            kind=status.kind,
            recall=status.recall,
            drivers=status.drivers,
            sequence=status.sequence,
            bytes_per_driver=status.bytes_per_driver,
            snapshot_sequence=status.snapshot_sequence,
        )


class GalleryState(Wire):
    """What the gallery holds."""

    drivers: int = Field(examples=[48])
    faces: int = Field(examples=[153])
    without_vector: int = Field(
        examples=[0], description="Faces that the running model cannot search yet."
    )
    model_id: str = Field(examples=["sface/1"], description="The running face model.")
    shards: list[Shard]

    @classmethod
    def of(cls, counts: GalleryCounts, statuses: Sequence[IndexStatus]) -> Self:
        """Counts and the state of every shard, in wire form."""
        return cls(
            drivers=counts.drivers,
            faces=counts.faces,
            without_vector=counts.without_vector,
            model_id=statuses[0].model_id,
            shards=list(map(Shard.of, statuses)),
        )


class NewId(Wire):
    """An id in the imported file, and the one here."""

    id_in_file: int = Field(examples=[7])
    id: int = Field(examples=[1])


class VehicleKnown(Wire):
    """A vehicle of the file that is known here already."""

    id_in_file: int = Field(examples=[5])
    plate: str = Field(examples=["30A12345"])
    vehicle_id: int = Field(examples=[12], description="Of the one that is here.")
    reason: str = Field(
        examples=["plate_taken"], description="`plate_taken` or `external_id_taken`."
    )

    @classmethod
    def of(cls, known: KnownVehicle) -> Self:
        """A known vehicle, in wire form."""
        return cls(
            id_in_file=known.id_in_file,
            plate=known.plate,
            vehicle_id=known.vehicle_id,
            reason=known.fate.value,
        )


class ImportedVehicles(Wire):
    """What an import did with the vehicles of the file."""

    count: int = Field(examples=[12], description="Vehicles of the file.")
    added: int = Field(examples=[11], description="Those of them that this request added.")
    erased_since: int = Field(
        examples=[0],
        description="Those of them that the same file brought in before and that have been erased "
        "since; they stay away.",
    )
    left_out: int = Field(
        examples=[1],
        description="Those of them that `keep_known_vehicles` left out; a repeat tries them again.",
    )
    known: list[VehicleKnown] = Field(description="The first 1,000 that were left out.")
    ids: list[NewId] = Field(description="Of the first 1,000 that are here by this file.")

    @classmethod
    def of(cls, brought: VehiclesBroughtIn) -> Self:
        """The outcome of an import, in wire form."""
        return cls(
            count=brought.count,
            added=brought.added,
            erased_since=brought.erased_since,
            left_out=brought.left_out,
            known=list(map(VehicleKnown.of, brought.known)),
            ids=_new_ids(brought.ids),
        )


class Imported(Wire):
    """What an import did."""

    drivers: int = Field(examples=[48], description="Drivers of the file.")
    added: int = Field(
        examples=[48],
        description="Those of them that this request added; 0 where the same file came before.",
    )
    erased_since: int = Field(
        examples=[0],
        description="Those of them that the same file brought in before and that have been erased "
        "or merged since. They stay away; another `Idempotency-Key` brings the whole file in once "
        "more.",
    )
    faces: int = Field(examples=[153])
    sha256: str = Field(examples=["55a6af08..."], description="Digest of the file's lines.")
    ids: list[NewId] = Field(description="Of the first 1,000 drivers.")
    vehicles: ImportedVehicles

    @classmethod
    def of(cls, brought: BroughtIn) -> Self:
        """The outcome of an import, in wire form."""
        return cls(
            drivers=brought.summary.drivers,
            added=brought.added,
            erased_since=brought.erased_since,
            faces=brought.summary.faces,
            sha256=brought.summary.digest,
            ids=_new_ids(brought.ids),
            vehicles=ImportedVehicles.of(brought.vehicles),
        )


def _new_ids(pairs: Sequence[tuple[int, int]]) -> list[NewId]:
    return [NewId(id_in_file=old, id=new) for old, new in pairs]
