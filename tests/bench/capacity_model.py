"""How many pictures a second a processor or a GPU has room for: the arithmetic."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Network:
    """A network and one forward pass of it.

    Attributes:
        name: What it does.
        kind: Of picture: ``plates`` or ``drivers``.
        shape: Of its input, for people.
        operations: Multiplications and additions of one pass.
        passes: In a picture with one plate or face that is surely read.
    """

    name: str
    kind: str
    shape: str
    operations: int
    passes: int = 1


@dataclass(frozen=True, slots=True)
class Gpu:
    """A class of GPU.

    Attributes:
        name: Of its best-known member.
        peak: Operations a second at half precision, tensor cores, dense: the maker's figure.
        peak_source: Where it stands.
        share: Of the peak that networks this small are assumed to reach.
        why: What the assumption rests on.
    """

    name: str
    peak: float
    peak_source: str
    share: float
    why: str

    def pictures_per_s(self, operations: int) -> float:
        """Pictures a second at so many operations each, if nothing else bounds them."""
        return self.share * self.peak / operations


PUBLISHED_OPERATIONS: Final = 8.7e9
"""YOLOv8n at 640 x 640, the network that ours is one of (docs.ultralytics.com/models/yolov8)."""

PUBLISHED_T4_S: Final = 1.47e-3
PUBLISHED_A100_S: Final = 0.99e-3
"""One picture at a time by TensorRT at half precision, from the same tables."""

A100_PEAK: Final = 312e12


def share_of_peak(operations: float, seconds: float, peak: float) -> float:
    """What share of a GPU's peak a pass of so many operations in so many seconds is."""
    return operations / seconds / peak


T4: Final = Gpu(
    "T4",
    65e12,
    "NVIDIA T4 datasheet, FP16 tensor",
    share_of_peak(PUBLISHED_OPERATIONS, PUBLISHED_T4_S, 65e12),
    "YOLOv8n takes 1.47 ms there, one picture at a time, TensorRT (Ultralytics)",
)
H100: Final = Gpu(
    "H100 SXM",
    989e12,
    "NVIDIA H100 datasheet, FP16 tensor, without sparsity",
    share_of_peak(PUBLISHED_OPERATIONS, PUBLISHED_A100_S, A100_PEAK),
    "as an A100 of 312 TFLOP/s, where YOLOv8n takes 0.99 ms (Ultralytics)",
)
GPUS: Final = (T4, H100)
