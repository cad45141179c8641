"""One size of the bench of gallery sizes: everything built, searched in turn, and written to."""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.gallery.probes import nearest
from tests.bench.contender import (
    GRACE_S,
    Built,
    Contender,
    ContenderFailed,
    Hosted,
    Searched,
    VectorIndex,
)
from tests.bench.face_cloud import FaceCloud, Floats, read_templates, template_of, write_templates
from tests.bench.own_gallery import GalleryFiller, OwnGallery, settings_in, size_of
from tests.bench.scale_report import OURS, Life, Measured, Size

RECALL = 0.995
"""Recall@1 that the peers' searches are set to reach; the default of our gallery."""

Maker = Callable[[int], Callable[[], VectorIndex]]
"""Size -> what makes a peer's index, in its process. May raise ContenderFailed."""

TUNING_PROBES = 2_000
"""Probes that the peers are set by; others are measured."""

_ROUND = 100
_ANSWER_WITHIN_S = 600.0
_REGISTRANTS = 1_000_003  # added to the seed of those who are registered during the run


@dataclass(frozen=True, slots=True)
class Hosting:
    """Makes a contender where it is to run; a class, since it is sent there."""

    make: Callable[[], VectorIndex]

    def __call__(self) -> Contender:
        return Contender(self.make())


class Bench:
    """One gallery size.

    Args:
        options: The command line.
        size: Drivers.
        folder: For its files.
        makers: Name -> peer.
    """

    def __init__(
        self, options: argparse.Namespace, size: int, folder: Path, makers: dict[str, Maker]
    ) -> None:
        self._options = options
        self._folder = folder
        self._makers = makers
        self._cloud = FaceCloud(options.seed)
        self._result = Size(size)
        self._settings = settings_in(folder, size)
        self._templates = folder / "templates"
        self._random = np.random.default_rng([options.seed, size])

    def run(self) -> Size:
        """Build all, then search all in turn, then register through one replica of ours."""
        size = self._result.drivers
        steps: tqdm[Any] = tqdm(total=len(self._makers) + 6, desc=f"{size:,} drivers", unit="step")
        with steps, ExitStack() as stack:
            self._next(steps, "inventing faces")
            write_templates(self._cloud, size, self._templates)
            self._next(steps, "comparing all")
            probes, truth = self._probes(TUNING_PROBES + self._options.probes)
            tuning = (probes[:TUNING_PROBES], truth[:TUNING_PROBES])
            contenders: dict[str, tuple[Hosted, Built, str]] = {}
            self._next(steps, "ours: filling")
            fill_s = self._filled()
            for name in (OURS, *self._makers):
                self._next(steps, f"{name}: building")
                try:
                    hosted = Hosted(Hosting(self._maker(name, fill_s)))
                    stack.callback(hosted.stop)
                    contenders[name] = self._built(hosted, tuning)
                except ContenderFailed as error:
                    self._result.left_out[name] = str(error)
            self._next(steps, "searching")
            self._search(contenders, probes[TUNING_PROBES:], truth[TUNING_PROBES:])
            self._next(steps, "ours: replicas")
            if OURS in contenders and fill_s is not None:
                for name in self._makers:
                    if name in contenders:
                        contenders[name][0].stop()
                try:
                    self._result.life = self._life(contenders[OURS][0], fill_s)
                except ContenderFailed as error:
                    self._result.left_out[f"{OURS}: replicas"] = str(error)
        self._templates.unlink()
        return self._result

    def _next(self, steps: "tqdm[Any]", doing: str) -> None:
        steps.set_postfix_str(doing)
        steps.update()

    def _probes(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """Probes of random drivers, and the row of the exact nearest template of each."""
        asked = np.sort(self._random.integers(0, self._result.drivers, count))
        drivers, best, truth, first = [], np.full(count, -np.inf), np.full(count, -1), 0
        for rows in read_templates(self._templates):
            drivers.append(rows[asked[(asked >= first) & (asked < first + len(rows))] - first])
            first += len(rows)
        probes = self._random.permutation(self._cloud.probes(np.concatenate(drivers), self._random))
        first = 0
        for rows in read_templates(self._templates):
            near = nearest(rows, probes)
            cosines = np.einsum("nd,nd->n", probes, rows[near], dtype=np.float64)
            better = cosines > best
            best[better], truth[better] = cosines[better], near[better] + first
            first += len(rows)
        return probes, truth

    def _filled(self) -> float | None:
        limit_s = self._options.limit
        try:
            with Hosted(partial(GalleryFiller, self._settings, self._options.seed)) as filler:
                seconds: float = filler.call(
                    "fill", self._result.drivers, limit_s, limit_s=limit_s + GRACE_S
                )
        except ContenderFailed as error:
            self._result.left_out[OURS] = str(error)
            return None
        return seconds

    def _maker(self, name: str, fill_s: float | None) -> Callable[[], VectorIndex]:
        if name != OURS:
            return self._makers[name](self._result.drivers)
        if fill_s is None:
            raise ContenderFailed(self._result.left_out[OURS])
        return partial(OwnGallery, self._settings)

    def _built(
        self, hosted: Hosted, tuning: tuple[Floats, NDArray[np.int64]]
    ) -> tuple[Hosted, Built, str]:
        limit_s = self._options.limit
        built = hosted.call("build", self._templates, limit_s, limit_s=limit_s + GRACE_S)
        setting = hosted.call("tune", *tuning, RECALL, limit_s=_ANSWER_WITHIN_S)
        return hosted, built, setting

    def _search(
        self,
        contenders: dict[str, tuple[Hosted, Built, str]],
        probes: Floats,
        truth: NDArray[np.int64],
    ) -> None:
        """All in turn, a hundred probes each, so that noise hits them alike."""
        found: dict[str, list[Searched]] = {name: [] for name in contenders}
        for first in range(0, len(probes), _ROUND):
            for name in list(found):
                try:
                    some = contenders[name][0].call(
                        "search", probes[first : first + _ROUND], limit_s=_ANSWER_WITHIN_S
                    )
                except ContenderFailed as error:
                    self._result.left_out[name] = str(error)
                    del found[name]
                else:
                    found[name].append(some)
        for name, its in found.items():
            rows = np.concatenate([one.rows for one in its])
            _, built, setting = contenders[name]
            self._result.measured[name] = Measured(
                built,
                setting,
                float((rows == truth).mean()),
                np.concatenate([one.seconds for one in its]),
            )

    def _life(self, first: Hosted, fill_s: float) -> Life:
        """Start a second replica from the snapshot, and register through it."""
        snapshot = size_of(list((self._folder / "snapshots").glob("*.snapshot")))
        with Hosted(partial(OwnGallery, self._settings)) as second:
            started = second.call("start", limit_s=_ANSWER_WITHIN_S)
            if started.drivers != self._result.drivers or started.from_snapshot is None:
                raise ContenderFailed(f"the second replica started otherwise: {started}")
            until = time.monotonic() + self._options.limit
            second.call("settle", until, limit_s=self._options.limit + GRACE_S)
            acknowledged, found, missed = [], [], 0
            people = FaceCloud(self._options.seed + _REGISTRANTS)
            for faces in next(people.faces(self._options.registrations)):
                driver_id, began, done = second.call("register", faces, limit_s=GRACE_S)
                template = template_of(faces[np.newaxis])
                at_once, moment = first.call("index.find", template, driver_id, limit_s=GRACE_S)
                missed += not at_once
                acknowledged.append(done - began)
                found.append(moment - done)
        return Life(
            fill_s,
            first.call("index.index_seconds", limit_s=GRACE_S),
            size_of([self._folder / "gallery.db"]),
            snapshot,
            started.seconds,
            np.array(acknowledged),
            np.array(found),
            missed,
        )
