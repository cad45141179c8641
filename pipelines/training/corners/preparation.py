"""Shards of contexts from the development photos."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pipelines.training.corners.contexts import (
    Context,
    Kind,
    Pixels,
    cut_context,
    encode,
    save,
)
from pipelines.training.corners.pasting import paste
from pipelines.training.plate_data import parse_label
from pipelines.training.plate_split import Part, Split
from pipelines.training.synthesis.painting import Painter

LOOSE_SOURCES: Final = frozenset({"us_florida", "us_florida_aug", "russia_null70"})
"""Their boxes are too loose to teach where a plate ends."""

_MIN_WIDTH_PX: Final = 28
_MIN_HEIGHT_PX: Final = 9
_LARGEST_PHOTO: Final = 1000

_log = logging.getLogger(__name__)

Photo = tuple[Pixels, list[tuple[float, float, float, float]], str]


def photos(data: Path, split: Split, part: Part) -> Iterator[Photo]:
    """Yields the photos of a part, their plates' boxes (xyxy pixels) and their sources.

    Args:
        data: Folder of the development plates.
        split: Names the part of each photo.
        part: Which.

    Raises:
        ValueError: A photo cannot be decoded.
    """
    for name in sorted(name for name, of in split.photos.items() if of == part):
        pixels = cv2.imread(str(data / "detect/images" / name))
        if pixels is None:
            raise ValueError(f"cannot decode {name}")
        scale = min(1.0, _LARGEST_PHOTO / max(pixels.shape[:2]))
        if scale < 1:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = pixels.shape[:2]
        label = (data / "detect/labels" / f"{Path(name).stem}.txt").read_text(encoding="utf-8")
        boxes = parse_label(label) * (width, height, width, height)
        yield np.asarray(pixels, np.uint8), [tuple(b) for b in boxes.tolist()], name.split("__")[0]


def write_photo_shards(
    photographs: Iterable[Photo], part: str, out: Path, painter: Painter, pasted: int
) -> None:
    """Writes what photos give: labelled boxes, pasted plates and places without any.

    Args:
        photographs: What `photos` yields.
        part: Prefix of the shards.
        out: Folder for the shards.
        painter: Paints the plates to paste.
        pasted: How many to paste; each photo gets equally many.
    """
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(part))
    boxed: list[Context] = []
    laid: list[Context] = []
    empty: list[Context] = []
    photographs = list(photographs)
    per_photo = -(-pasted // max(1, len(photographs)))
    for pixels, boxes, source in photographs:
        if source not in LOOSE_SOURCES:
            boxed += [
                encode(*cut_context(pixels, box), Kind.BOX)
                for box in boxes
                if box[2] - box[0] >= _MIN_WIDTH_PX and box[3] - box[1] >= _MIN_HEIGHT_PX
            ]
        laid += [paste(painter.paint(rng), pixels, boxes, rng) for _ in range(per_photo)]
        if (spot := _empty_spot(pixels, boxes, rng)) is not None:
            empty.append(encode(*cut_context(pixels, spot), Kind.NOTHING))
    for name, contexts in (("boxes", boxed), ("pasted", laid), ("empty", empty)):
        if contexts:
            save(contexts, out / f"{part}_{name}.npz")
        _log.info("%s %s: %d contexts", part, name, len(contexts))


def _empty_spot(
    photo: Pixels, boxes: list[tuple[float, float, float, float]], rng: np.random.Generator
) -> tuple[float, float, float, float] | None:
    """A place for a plate that touches none."""
    height, width = photo.shape[:2]
    for _ in range(10):
        w = width * rng.uniform(0.08, 0.3)
        h = min(w / rng.uniform(1.2, 4.5), 0.5 * height)
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        if all(x > x2 or x + w < x1 or y > y2 or y + h < y1 for x1, y1, x2, y2 in boxes):
            return x, y, x + w, y + h
    return None
