"""Writes shards of synthetic plates in their surroundings.

Run it as ``python -m pipelines.training.plate_synthesis OUT --count 20000 --seed 1 --data DIR``;
``DIR`` is the folder ``data/plates`` of the development pictures. Shards ``shard_0000.npz`` hold
``jpeg`` (uint8, all pictures one after another), ``offsets`` (int64, one more than pictures),
``texts``, ``lines`` (rows joined by ``/``), ``regions`` (unicode) and ``corners`` (``(N, 4, 2)``
float32 px).
"""

import argparse
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from pipelines.training.plate_split import Split, split_plates
from pipelines.training.synthesis.backdrops import Backdrops, load_backdrops
from pipelines.training.synthesis.composing import compose
from pipelines.training.synthesis.fonts import default_folders, installed
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import load_layouts
from pipelines.training.synthesis.painting import Painter

log = logging.getLogger(__name__)

SHARD = 2000
_JPEG_QUALITY = (72, 96)


@dataclass(frozen=True)
class Order:
    """What to write.

    Attributes:
        folder: Where the shards go.
        count: Plates in all.
        seed: Plates of different seeds have nothing in common.
        data: ``data/plates`` of the development pictures; None paints all surroundings.
        split: File of a saved split; None divides ``data`` anew.
    """

    folder: Path
    count: int
    seed: int
    data: Path | None = None
    split: Path | None = None


@cache
def _workshop(data: Path | None, split: Path | None) -> tuple[Painter, Backdrops]:
    """Painter and backdrops, loaded once a process."""
    cv2.setNumThreads(1)
    painter = Painter(load_layouts(), Typefaces(installed(default_folders())))
    if data is None:
        return painter, Backdrops(())
    known = split_plates(data) if split is None else Split.load(split)
    return painter, load_backdrops(data, known)


def write_shard(order: Order, index: int) -> Path:
    """Writes one shard: the same order and index give the same bytes of pictures.

    Args:
        order: What to write.
        index: Number of the shard.

    Returns:
        The shard's path.
    """
    painter, backdrops = _workshop(order.data, order.split)
    rng = np.random.default_rng([order.seed, index])
    count = min(SHARD, order.count - index * SHARD)
    pictures: list[bytes] = []
    texts, lines, regions = [], [], []
    corners = np.zeros((count, 4, 2), np.float32)
    for row in range(count):
        plate = painter.paint(rng)
        composed = compose(rng, plate, backdrops)
        quality = int(rng.integers(*_JPEG_QUALITY))
        _, jpeg = cv2.imencode(".jpg", composed.picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pictures.append(jpeg.tobytes())
        texts.append(plate.text)
        lines.append("/".join(plate.lines))
        regions.append(plate.region)
        corners[row] = composed.corners
    path = order.folder / f"shard_{index:04d}.npz"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            jpeg=np.frombuffer(b"".join(pictures), np.uint8),
            offsets=np.cumsum([0, *map(len, pictures)], dtype=np.int64),
            texts=np.array(texts),
            lines=np.array(lines),
            regions=np.array(regions),
            corners=corners,
        )
    partial.replace(path)
    return path


def write_shards(order: Order, workers: int) -> tuple[Path, ...]:
    """Writes all shards, several at a time.

    Args:
        order: What to write.
        workers: Processes; 0 works in this one.

    Returns:
        The shards' paths in order.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    indices = range(-(-order.count // SHARD))
    if workers == 0:
        return tuple(write_shard(order, index) for index in indices)
    start = time.monotonic()
    paths: list[Path] = []
    with ProcessPoolExecutor(workers) as pool:
        for done in as_completed(pool.submit(write_shard, order, index) for index in indices):
            paths.append(done.result())
            log.info("%d of %d shards, %.0f s", len(paths), len(indices), time.monotonic() - start)
    return tuple(sorted(paths))


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line and writes the shards."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path, help="folder of the shards")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="data/plates of the development pictures")
    parser.add_argument("--split", type=Path, help="a saved split; the default divides anew")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    order = Order(options.out, options.count, options.seed, options.data, options.split)
    write_shards(order, options.workers)


if __name__ == "__main__":
    main()
