"""What a replica's index says of itself."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """One replica of one shard.

    Attributes:
        shard: From 0.
        shards: Deployments that the drivers are divided among.
        model_id: Of the vectors in it.
        drivers: How many it holds.
        sequence: Last change that it includes.
        kind: How it searches now.
        recall: Measured share of exact nearest drivers that it finds; None while it is exact.
        bytes_per_driver: Memory that one driver takes.
        snapshot_sequence: Last change in the newest snapshot; None without one.
        build_s: Seconds that building the approximate index took; None while it is exact.
    """

    shard: int
    shards: int
    model_id: str
    drivers: int
    sequence: int
    kind: Literal["exact", "approximate"]
    recall: float | None
    bytes_per_driver: float
    snapshot_sequence: int | None
    build_s: float | None
