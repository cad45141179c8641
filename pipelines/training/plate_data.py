"""Pictures and labels for the plate detector: reading, and grouping near-duplicates.

The data folder holds ``images/``, ``labels/`` in YOLO format (one class, boxes or polygons as
fractions of the picture) and ``SOURCES.tsv``. A file name is ``<source>__<rest>``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

# Its boxes of rotated copies are loose, and its pictures are copies of another source's.
DROPPED_SOURCES = frozenset({"us_florida_aug"})
# Of 128. Checked by eye: to 22 bits pairs are noisy, turned or mirrored copies, or look-alikes.
NEAR_DUPLICATE_BITS = 22

Hashes = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelledPicture:
    """One picture with its plates.

    Attributes:
        path: The picture's file.
        source: Name of the data source, the file name's part before ``__``.
        boxes: ``(N, 4)`` float64 xyxy, fractions of the picture in [0, 1].
    """

    path: Path
    source: str
    boxes: Boxes


def parse_label(text: str) -> Boxes:
    """Reads one YOLO label file's text.

    Args:
        text: Lines of ``class cx cy w h`` or ``class x1 y1 x2 y2 x3 y3 ...`` (a polygon).

    Returns:
        ``(N, 4)`` float64 xyxy, fractions of the picture, clipped to [0, 1].

    Raises:
        ValueError: A line has neither four numbers nor a polygon's.
    """
    boxes = []
    for line in text.splitlines():
        fields = [float(field) for field in line.split()][1:]
        if not fields:
            continue
        if len(fields) == 4:
            cx, cy, w, h = fields
            boxes.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
        elif len(fields) >= 6 and len(fields) % 2 == 0:
            xs, ys = fields[0::2], fields[1::2]
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
        else:
            raise ValueError(f"not a YOLO label line: {line!r}")
    return np.clip(np.array(boxes, np.float64).reshape(-1, 4), 0.0, 1.0)


def format_label(boxes: Boxes) -> str:
    """Writes boxes as YOLO label lines of class 0.

    Args:
        boxes: ``(N, 4)`` float64 xyxy, fractions of the picture.
    """
    return "".join(
        f"0 {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}\n"
        for x1, y1, x2, y2 in boxes.tolist()
    )


def read_pictures(root: Path, part: str = "") -> list[LabelledPicture]:
    """Lists the labelled pictures under ``root`` in the order of their names.

    Args:
        root: Folder that holds ``images/`` and ``labels/``.
        part: Folder inside these, such as ``val``, where a data set is split.

    Raises:
        FileNotFoundError: A picture has no label file.
        ValueError: A label file cannot be understood.
    """
    return [
        LabelledPicture(
            path,
            path.name.split("__", maxsplit=1)[0],
            parse_label((root / "labels" / part / f"{path.stem}.txt").read_text()),
        )
        for path in sorted((root / "images" / part).iterdir())
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}
    ]


def origin(name: str) -> str:
    """What a file name says about the photograph it was made from.

    Copies that differ in an export tool's hash share an origin, also across sources, and so do
    several photographs named after one vehicle.
    """
    rest = name.split("__", 1)[-1].rsplit(".", 1)[0].lower()
    rest = re.split(r"[-_.](?:jpe?g|png|webp)?[-_.]?rf[-_.]", rest)[0]
    rest = re.sub(r"[-_.](jpe?g|png|webp)$", "", rest)
    rest = re.sub(r"[-_.](jpe?g|png|webp)$", "", rest)
    rest = re.sub(r"_\d$", "", rest)
    if len(rest) < 3:
        return name
    # Short counters such as "n12" mean nothing outside their source.
    return rest if len(rest) > 8 else f"{name.split('__', maxsplit=1)[0]}__{rest}"


def difference_hash(picture: npt.NDArray[np.uint8]) -> Hashes:
    """128-bit difference hash: signs of horizontal and vertical brightness steps on a 9 x 9 grid.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.

    Returns:
        ``(128,)`` uint8 of zeros and ones.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (9, 9), interpolation=cv2.INTER_AREA).astype(np.int16)
    across = small[:8, 1:] > small[:8, :-1]
    down = small[1:, :8] > small[:-1, :8]
    return np.asarray(np.concatenate([across.ravel(), down.ravel()]), np.uint8)


def near_duplicates(
    hashes: Hashes, mirrored: Hashes, bits: int = NEAR_DUPLICATE_BITS
) -> list[tuple[int, int]]:
    """Pairs of pictures whose hashes differ in at most ``bits`` of 128 bits.

    Args:
        hashes: ``(N, 128)`` uint8 hashes of the pictures.
        mirrored: ``(N, 128)`` uint8 hashes of the same pictures mirrored left to right.
        bits: The largest number of differing bits.
    """
    ones = hashes.astype(np.int32)
    pairs: set[tuple[int, int]] = set()
    for other in (ones, mirrored.astype(np.int32)):
        distance = ones @ (1 - other).T + (1 - ones) @ other.T
        rows, columns = np.nonzero(distance <= bits)
        pairs.update(
            (min(a, b), max(a, b))
            for a, b in zip(rows.tolist(), columns.tolist(), strict=True)
            if a != b
        )
    return sorted(pairs)


def group(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected groups of ``range(count)`` under ``pairs``: each sorted, by first member."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in pairs:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    groups: dict[int, list[int]] = defaultdict(list)
    for node in range(count):
        groups[root(node)].append(node)
    return list(groups.values())


def group_pictures(pictures: Sequence[LabelledPicture]) -> list[list[int]]:
    """Groups pictures that show the same photograph or carry the same origin in their names.

    Returns:
        Groups of indices into ``pictures``; every picture is in exactly one.

    Raises:
        ValueError: A picture cannot be decoded.
    """
    hashes, mirrored = [], []
    for picture in pictures:
        decoded = cv2.imread(str(picture.path))
        if decoded is None:
            raise ValueError(f"cannot decode {picture.path}")
        pixels = np.asarray(decoded, np.uint8)
        hashes.append(difference_hash(pixels))
        mirrored.append(difference_hash(pixels[:, ::-1]))
    pairs = near_duplicates(np.stack(hashes), np.stack(mirrored))
    first: dict[str, int] = {}
    for index, picture in enumerate(pictures):
        pairs.append((first.setdefault(origin(picture.path.name), index), index))
    return group(len(pictures), pairs)
