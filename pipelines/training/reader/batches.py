"""Batches of random views for the training loop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from pipelines.training.reader.network import encode
from pipelines.training.reader.samples import Samples
from pipelines.training.reader.views import plain_view, random_view

UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Batch:
    """Views with what they say.

    Attributes:
        crops: ``(N, 3, 64, 160)`` uint8 RGB, channels last in memory.
        targets: ``(sum of lengths,)`` int64 classes, all texts one after another.
        lengths: ``(N,)`` int64.
        regions: ``(N, R)`` bool: the regions that a plate may be of.
    """

    crops: Tensor
    targets: Tensor
    lengths: Tensor
    regions: Tensor


class RandomViews(IterableDataset[Batch]):
    """Endless random batches from several pools of samples.

    Args:
        pools: Samples with their shares of a batch.
        regions: The network's regions.
        size: Views a batch.
        seed: Numbers that seed everything random, such as the steps done before a restart.
    """

    def __init__(
        self,
        pools: Sequence[tuple[Samples, float]],
        regions: Sequence[str],
        *,
        size: int,
        seed: tuple[int, ...],
    ) -> None:
        self._pools = [(samples, share) for samples, share in pools if len(samples)]
        self._regions = tuple(regions)
        self._size = size
        self._seed = seed

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([*self._seed, worker.id if worker else 0])
        shares = np.array([share for _, share in self._pools])
        while True:
            chosen = rng.choice(len(self._pools), self._size, p=shares / shares.sum())
            views, texts, regions = [], [], []
            for pool, _ in (self._pools[index] for index in chosen):
                index = int(rng.integers(len(pool)))
                views.append(
                    random_view(
                        pool.picture(index), pool.corners[index], rng, boxed=bool(pool.boxed[index])
                    )
                )
                texts.append(pool.texts[index])
                regions.append(pool.regions[index])
            yield batch_of(np.stack(views), texts, allowed(regions, self._regions))


def loader(views: RandomViews, workers: int) -> Iterator[Batch]:
    """Batches made by other processes, or by this one where there are no workers."""
    ahead = {"prefetch_factor": 6} if workers else {}
    return iter(DataLoader(views, batch_size=None, num_workers=workers, **ahead))


def plain_batches(samples: Samples, regions: Sequence[str], size: int = 64) -> Iterator[Batch]:
    """All samples once, in order, without any chance in them."""
    for start in range(0, len(samples), size):
        indices = range(start, min(start + size, len(samples)))
        views = [plain_view(samples.picture(i), samples.corners[i]) for i in indices]
        texts = [samples.texts[i] for i in indices]
        yield batch_of(
            np.stack(views), texts, allowed([samples.regions[i] for i in indices], regions)
        )


def batch_of(views: np.ndarray, texts: Sequence[str], regions: Tensor) -> Batch:
    """Packs views, ``(N, 64, 160, 3)`` uint8 BGR, and their texts."""
    rgb = torch.from_numpy(np.ascontiguousarray(views[..., ::-1])).permute(0, 3, 1, 2)
    classes = [encode(text) for text in texts]
    return Batch(
        crops=rgb,
        targets=torch.tensor([one for text in classes for one in text], dtype=torch.int64),
        lengths=torch.tensor([len(text) for text in classes], dtype=torch.int64),
        regions=regions,
    )


def allowed(codes: Sequence[str], regions: Sequence[str]) -> Tensor:
    """Which regions each code allows: itself, its states, or all where none is known.

    Args:
        codes: ISO 3166 codes; "" is not known.
        regions: The network's regions.
    """
    masks: Mapping[str, list[bool]] = {
        code: [region == code or region.startswith(f"{code}-") for region in regions]
        for code in set(codes)
    }
    return torch.tensor(
        [masks[code] if any(masks[code]) else [True] * len(regions) for code in codes]
    )
