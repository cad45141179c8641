"""Approximate search: which drivers are worth comparing with a probe."""

import time
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ConfigurationError
from pipelines.gallery.index import NOBODY, ExactIndex
from pipelines.gallery.probes import draw_probes, nearest

_PROBES = 4_000
_SEED = 20_240
_TRAINING_ROWS = 64  # a list's share of the k-means sample
_TRAINING_ROUNDS = 10
_LEAST_LISTS = 16
_STEP = 1.1
_RUNNERS_UP = 27  # candidates beyond k; the 8-bit copies order near neighbours loosely
_WORN_SHARE = 0.02
_WORN_LEAST = 10_000
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Build:
    """How an approximate index came out.

    Attributes:
        recall: Share of the probes whose exact nearest driver was found.
        lists: Lists that the drivers are divided among, as many as the root of their number.
        probed_lists: Lists that a search looks into.
        seconds: Time that building and measuring took.
        bytes_per_driver: Memory beside that of the exact vectors.
    """

    recall: float
    lists: int
    probed_lists: int
    seconds: float
    bytes_per_driver: float


class ApproximateIndex:
    """Names candidates for the nearest drivers; the exact vectors decide among them.

    A FAISS IVF over 8-bit copies of the vectors as they were when it was built, and beside it an
    exact index of what was written since. Drivers that were changed or removed since are no longer
    named from the old copies. Not thread-safe: the gallery guards it.

    Args:
        lists: The trained and filled IVF, ids being drivers.
        size: Drivers in it.
        dimension: Length of a vector.
        build: How it came out.
    """

    def __init__(self, lists: Any, size: int, dimension: int, build: Build) -> None:
        self.build = build
        self._lists = lists
        self._size = size
        self._newer = ExactIndex(dimension)
        self._changed: set[int] = set()  # ids whose copies in the lists, if any, do not count
        self._unpurged: set[int] = set()

    @property
    def worn(self) -> bool:
        """Whether so much has changed that building it anew is worth the time."""
        limit = max(_WORN_LEAST, _WORN_SHARE * self._size)
        return len(self._changed) > limit

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add or replace drivers; as ``ExactIndex.put``."""
        self._forget(ids)
        self._newer.put(ids, vectors)

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Drop drivers; as ``ExactIndex.remove``."""
        self._forget(ids)
        self._newer.remove(ids)

    def purge(self) -> None:
        """Take the copies that no longer count out of memory, where FAISS can do so.

        On a GPU they stay, never to be named again, until the index is built anew.
        """
        if self._unpurged and isinstance(self._lists, faiss.IndexIVF):
            gone = np.fromiter(self._unpurged, np.int64, len(self._unpurged))
            self._lists.remove_ids(faiss.IDSelectorBatch(gone))
            self._unpurged.clear()

    def candidates(self, probes: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """``(N, C)`` int64 drivers among which the nearest k of each probe are likely.

        No driver stands twice in a line; ``NOBODY`` fills it.
        """
        wanted = k + _RUNNERS_UP
        while True:
            _, listed = self._lists.search(probes, min(wanted, self._size))
            named = listed != NOBODY
            if self._changed:
                flat = listed.ravel().tolist()
                changed = np.fromiter((one in self._changed for one in flat), bool, len(flat))
                named &= ~changed.reshape(listed.shape)
            # Copies that no longer count may have taken the places of others.
            short = (named.sum(axis=1) < k) & (listed[:, -1] != NOBODY)
            if wanted >= self._size or not short.any():
                break
            wanted *= 2
        newer, _ = self._newer.search(probes, k)
        return np.concatenate([np.where(named, listed, NOBODY), newer], axis=1)

    def _forget(self, ids: NDArray[np.int64]) -> None:
        self._changed.update(ids.tolist())
        self._unpurged.update(ids.tolist())


def build_approximate(
    ids: NDArray[np.int64], templates: NDArray[np.float32], recall: float, device: str
) -> ApproximateIndex | None:
    """Build an index that looks into as few lists as the recall allows.

    How many lists that takes is measured: for each of 4,000 probes, after how many lists comes the
    one with its exact nearest driver? The share of probes that the index then answers with that
    driver is the recall that it states. It must lie two standard errors above what is asked for,
    so that other probes do not find less.

    Args:
        ids: ``(N,)`` int64 drivers.
        templates: ``(N, D)`` float32 of unit L2 norm.
        recall: Least share of the exact nearest driver that must be found.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        The index, or None when even all lists together do not reach the recall.
    """
    began = time.monotonic()
    count, dimension = templates.shape
    rng = np.random.default_rng(_SEED)
    lists = max(_LEAST_LISTS, round(sqrt(count)))
    quantizer = faiss.IndexFlatIP(dimension)
    ivf = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    ivf.cp.spherical = True
    ivf.cp.niter = _TRAINING_ROUNDS
    ivf.cp.min_points_per_centroid = 1  # FAISS would warn on the console
    sample = rng.choice(count, min(count, _TRAINING_ROWS * lists), replace=False)
    ivf.train(templates[np.sort(sample)])
    ivf.add_with_ids(templates, ids)
    probes = draw_probes(templates, _PROBES, rng)
    rows = nearest(templates, probes)
    least = min(1.0, recall + 2.0 * sqrt(recall * (1.0 - recall) / _PROBES))
    probed = _lists_needed(quantizer, probes, templates[rows], least)
    searched = _on_device(ivf, device)
    while True:
        searched.nprobe = probed
        _, named = searched.search(probes, min(1 + _RUNNERS_UP, count))
        measured = float((named == ids[rows][:, np.newaxis]).any(axis=1).mean())
        if measured >= least:
            break
        if probed == lists:
            return None
        probed = min(lists, ceil(_STEP * probed))
    stored = ivf.code_size + _ID_BYTES + quantizer.ntotal * dimension * 4 / count
    build = Build(measured, lists, probed, time.monotonic() - began, stored)
    return ApproximateIndex(searched, count, dimension, build)


def check_device(device: str) -> None:
    """Say whether approximate indexes can be kept on this device.

    Raises:
        ConfigurationError: They cannot.
    """
    if device == "cpu":
        return
    if not hasattr(faiss, "StandardGpuResources"):
        raise ConfigurationError(
            f"gallery.index_device {device} needs FAISS with GPU support: pip uninstall faiss-cpu, "
            "then pip install faiss-gpu"
        )
    if _gpu_number(device) >= faiss.get_num_gpus():
        raise ConfigurationError(
            f"gallery.index_device {device}: FAISS sees {faiss.get_num_gpus()} GPUs"
        )


def _lists_needed(
    quantizer: Any, probes: NDArray[np.float32], targets: NDArray[np.float32], recall: float
) -> int:
    """Lists to look into, so that this share of the probes comes upon the list of its target."""
    _, homes = quantizer.search(targets, 1)
    _, order = quantizer.search(probes, quantizer.ntotal)
    ranks = (order == homes).argmax(axis=1)
    return int(np.quantile(ranks, recall, method="higher")) + 1


def _on_device(ivf: Any, device: str) -> Any:
    if device == "cpu":
        return ivf
    resources = faiss.StandardGpuResources()
    return faiss.index_cpu_to_gpu(resources, _gpu_number(device), ivf)


def _gpu_number(device: str) -> int:
    return int(device.partition(":")[2] or 0)
