"""What the /v1/gallery routes answer, as JSON."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from deployments.ingress.wire import Wire
from pipelines.drivers.gallery_transfer import BroughtIn
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
    """A driver's id in the imported file, and here."""

    id_in_file: int = Field(examples=[7])
    id: int = Field(examples=[1])


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
        "since. They stay away; another `Idempotency-Key` brings the whole file in once more.",
    )
    faces: int = Field(examples=[153])
    sha256: str = Field(examples=["55a6af08..."], description="Digest of the file's lines.")
    ids: list[NewId] = Field(description="Of the first 1,000 drivers.")

    @classmethod
    def of(cls, brought: BroughtIn) -> Self:
        """The outcome of an import, in wire form."""
        return cls(
            drivers=brought.summary.drivers,
            added=brought.added,
            erased_since=brought.erased_since,
            faces=brought.summary.faces,
            sha256=brought.summary.digest,
            ids=[NewId(id_in_file=old, id=new) for old, new in brought.ids],
        )
