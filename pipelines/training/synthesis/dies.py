"""Plate dies: characters as strokes of one width whose corners are rounded.

National dies (FE-Schrift, Mandatory, the dies of the American states) are not free. Those here only
share their build: centre lines in a box, one stroke width, arcs at the corners. A die's measures
are drawn at random, so that a reader meets many cuts of each character.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
Vertex = tuple[float, float, float]
Path = tuple[tuple[Vertex, ...], bool]

HEIGHT: Final = 96
_OVERSAMPLING: Final = 2
_ARC: Final = np.linspace(0.0, 1.0, 7)


@dataclass(frozen=True)
class Die:
    """Measures of one cut of characters.

    Attributes:
        width: Width of ``H`` over its height.
        stroke: Stroke width over the height.
        radius: Radius of the corners over the width, at most 0.5.
        flat: Whether strokes end square at the box's edges rather than round.
        variants: Which drawing of each character that has several is used.
    """

    width: float
    stroke: float
    radius: float
    flat: bool
    variants: int


def _path(text: str) -> tuple[Path, ...]:
    """Parses ``x,y[,r] x,y ...;...``: percent of the box, ``r`` the share of the die's radius.

    A trailing ``z`` closes a path.
    """
    paths: list[Path] = []
    for part in text.split(";"):
        words = part.split()
        closed = words[-1] == "z"
        vertices: list[Vertex] = []
        for word in words[: len(words) - closed]:
            x, y, *radius = word.split(",")
            vertices.append((float(x) / 100, float(y) / 100, float(radius[0]) if radius else 0.0))
        paths.append((tuple(vertices), closed))
    return tuple(paths)


_OVAL: Final = "0,0,1 100,0,1 100,100,1 0,100,1 z"
_DRAWINGS: Final[dict[str, tuple[str, ...]]] = {
    "A": (
        "0,100 50,0 100,100;19,66 81,66",
        "0,100 42,0 58,0 100,100;17,68 83,68",
        "0,100 0,30,.6 30,0,.6 70,0,.6 100,30,.6 100,100;0,60 100,60",
    ),
    "B": (
        "0,0 95,0,.9 95,48,.9 0,48;0,0 0,100;0,48 100,48,.9 100,100,.9 0,100",
        "0,0 100,0,1 100,47,1 0,47;0,0 0,100;0,47 100,47,1 100,100,1 0,100",
    ),
    "C": (
        "100,26 100,0,1 0,0,1 0,100,1 100,100,1 100,74",
        "100,20 100,0,1 0,0,1 0,100,1 100,100,1 100,80",
    ),
    "D": ("0,0 100,0,1 100,100,1 0,100 z", "0,0 100,0,.75 100,100,.75 0,100 z"),
    "E": ("100,0 0,0 0,100 100,100;0,49 85,49", "100,0 0,0 0,100 100,100;0,48 95,48"),
    "F": ("100,0 0,0 0,100;0,49 85,49", "100,0 0,0 0,100;0,52 95,52"),
    "G": (
        "100,21 100,0,1 0,0,1 0,100,1 100,100,1 100,57 55,57",
        "100,19 100,0,1 0,0,1 0,100,1 100,100,1 100,52 60,52",
    ),
    "H": ("0,0 0,100;100,0 100,100;0,49 100,49", "0,0 0,100;100,0 100,100;0,54 100,54"),
    "I": ("50,0 50,100", "50,0 50,100;15,0 85,0;15,100 85,100", "50,0 50,100"),
    "J": (
        "100,0 100,100,1 0,100,1 0,72",
        "35,0 100,0 100,100,1 0,100,1 0,76",
        "85,0 85,100,1 0,100,1 0,68",
    ),
    "K": ("0,0 0,100;100,0 0,62;34,42 100,100", "0,0 0,100;95,0 12,50 100,100"),
    "L": ("0,0 0,100 100,100", "0,0 0,100 92,100"),
    "M": (
        "0,100 0,0 50,62 100,0 100,100",
        "0,100 0,0 50,45 100,0 100,100",
        "0,100 0,0 50,98 100,0 100,100",
    ),
    "N": ("0,100 0,0 100,100 100,0", "0,100 0,0 100,88 100,0;100,88 100,100"),
    "O": (_OVAL,),
    "P": ("0,100 0,0 100,0,1 100,56,1 0,56", "0,100 0,0 100,0,1 100,52,1 0,52"),
    "Q": (
        f"{_OVAL};58,70 106,106",
        f"{_OVAL};50,62 92,112",
        f"{_OVAL};66,80 100,100 112,100",
        f"{_OVAL};52,74 100,96",
    ),
    "R": (
        "0,100 0,0 100,0,1 100,54,1 0,54;48,54 100,100",
        "0,100 0,0 100,0,1 100,50,1 0,50;50,50 86,62,.6 92,100",
        "0,100 0,0 96,0,1 96,54,1 0,54;30,54 100,100",
    ),
    "S": (
        "100,27 100,0,1 0,0,1 0,49,1 100,49,1 100,100,1 0,100,1 0,73",
        "98,20 98,0,1 2,0,1 2,38,1 100,62,1 100,100,1 0,100,1 0,80",
    ),
    "T": ("0,0 100,0;50,0 50,100",),
    "U": ("0,0 0,100,1 100,100,1 100,0",),
    "V": ("0,0 50,100 100,0", "0,0 43,100 57,100 100,0"),
    "W": (
        "0,0 24,100 50,25 76,100 100,0",
        "0,0 0,100 50,42 100,100 100,0",
        "0,0 20,100 50,0 80,100 100,0",
        "0,0 12,100 50,48 88,100 100,0",
    ),
    "X": ("0,0 100,100;100,0 0,100",),
    "Y": ("0,0 50,52 100,0;50,52 50,100", "0,0 50,44 100,0;50,44 50,100"),
    "Z": ("0,0 100,0 0,100 100,100",),
    "0": (*(_OVAL,) * 7, f"{_OVAL};80,22 20,78"),
    "1": (
        "20,22 60,0 60,100",
        "20,22 58,0 58,100;20,100 96,100",
        "30,0 58,0 58,100",
        "50,0 50,100",
        "5,30 60,0 60,100",
    ),
    "2": (
        "0,28 0,0,1 100,0,1 100,46,.7 0,100 100,100",
        "0,28 0,0,1 100,0,1 100,48,1 0,60,1 0,100 100,100",
        "0,24 0,0,1 100,0,1 100,36,.5 0,100 100,100",
    ),
    "3": (
        "0,20 0,0,1 100,0,1 100,48,1 44,48;44,48 100,48,1 100,100,1 0,100,1 0,80",
        "0,0 96,0 48,40 100,40,1 100,100,1 0,100,1 0,77",
        "0,18 0,0,1 96,0,1 96,47,1 45,47;45,47 100,47,1 100,100,1 0,100,1 0,82",
    ),
    "4": (
        "74,100 74,0 0,70 100,70",
        "42,0 0,72 100,72;74,38 74,100",
        "62,0 0,74 100,74;70,45 70,100",
        "0,0 0,56 100,56;82,0 82,100",
    ),
    "5": (
        "95,0 8,0 4,46 20,38,.3 100,38,1 100,100,1 0,100,1 0,74",
        "96,0 0,0 0,44 100,44,1 100,100,1 0,100,1 0,78",
    ),
    "6": (
        "100,18 100,0,1 0,0,1 0,70;0,44,1 100,44,1 100,100,1 0,100,1 z",
        "80,0 2,56,.4 0,72;0,44,1 100,44,1 100,100,1 0,100,1 z",
        "92,0 60,0,1 0,0,1 0,70;0,42,1 100,42,1 100,100,1 0,100,1 z",
    ),
    "7": (
        "0,0 100,0 36,100",
        "0,16 0,0 100,0 100,14,.5 40,60,.8 36,100",
        "0,0 100,0 20,100",
    ),
    "8": (
        "4,0,1 96,0,1 96,47,1 4,47,1 z;0,47,1 100,47,1 100,100,1 0,100,1 z",
        "8,0,1 92,0,1 92,46,1 8,46,1 z;0,46,1 100,46,1 100,100,1 0,100,1 z",
    ),
    "9": (
        "0,82 0,100,1 100,100,1 100,30;100,56,1 0,56,1 0,0,1 100,0,1 z",
        "20,100 98,44,.4 100,28;100,56,1 0,56,1 0,0,1 100,0,1 z",
        "8,100 40,100,1 100,100,1 100,30;100,58,1 0,58,1 0,0,1 100,0,1 z",
    ),
}
_PATHS: Final = {
    character: tuple(_path(drawing) for drawing in drawings)
    for character, drawings in _DRAWINGS.items()
}
_WIDTHS: Final = {"I": 0.62, "1": 0.72, "M": 1.12, "W": 1.16, "0": 0.97, "J": 0.92, "L": 0.94}
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _rounded(points: npt.NDArray[np.float64], radii: list[float], closed: bool) -> Mask:
    """The path in 1/16 px with quarter curves at its corners."""
    count = len(points)
    result: list[npt.NDArray[np.float64]] = []
    for i, point in enumerate(points):
        inner = closed or 0 < i < count - 1
        if not inner or radii[i] <= 0:
            result.append(point[None])
            continue
        before, after = points[i - 1] - point, points[(i + 1) % count] - point
        lengths = np.linalg.norm(before), np.linalg.norm(after)
        shares = [
            1.0 if not closed and end in {0, count - 1} else 0.5 for end in (i - 1, (i + 1) % count)
        ]
        reach = min(radii[i], lengths[0] * shares[0], lengths[1] * shares[1])
        start = point + before / max(lengths[0], 1e-6) * reach
        end_point = point + after / max(lengths[1], 1e-6) * reach
        # A cubic with its handles at 0.55 of the way is a circle to a thousandth.
        first, second = start + (point - start) * 0.55, end_point + (point - end_point) * 0.55
        t = _ARC[:, None]
        result.append(
            (1 - t) ** 3 * start
            + 3 * (1 - t) ** 2 * t * first
            + 3 * (1 - t) * t**2 * second
            + t**3 * end_point
        )
    return np.rint(np.concatenate(result) * 16).astype(np.int32)


def strike(die: Die, character: str) -> Mask:
    """Draws one character.

    Args:
        die: The cut.
        character: One of ``A`` to ``Z`` and ``0`` to ``9``.

    Returns:
        ``(96, W)`` uint8, 255 where there is paint; the character touches all four edges.
    """
    drawings = _PATHS[character]
    paths = drawings[(die.variants >> (ALPHABET.index(character) % 12)) % len(drawings)]
    height = HEIGHT * _OVERSAMPLING
    stroke = die.stroke * height
    width = max(die.width * _WIDTHS.get(character, 1.0) * height, 2.2 * stroke)
    overhang = 0.12 * width if character == "Q" else 0.0
    mask = np.zeros((round(height + overhang), round(width + overhang)), np.uint8)
    box = np.array([width - stroke, height - stroke])
    for vertices, closed in paths:
        points = np.array([vertex[:2] for vertex in vertices]) * box + stroke / 2
        if die.flat and not closed:
            for end, inner in ((0, 1), (-1, -2)):
                way = points[end] - points[inner]
                beyond = points[end] + way / max(float(np.linalg.norm(way)), 1e-6) * stroke * 0.5
                if (beyond <= 1).any() or (beyond >= np.array([width, height]) - 1).any():
                    points[end] = beyond
        radii = [vertex[2] * die.radius * width for vertex in vertices]
        line = _rounded(points, radii, closed)
        cv2.polylines(mask, [line], closed, 255, max(1, round(stroke)), cv2.LINE_AA, 4)
        if die.flat:
            _square(mask, points[1:-1] if not closed else points, radii, stroke)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(3, round(mask.shape[1] / mask.shape[0] * HEIGHT)), HEIGHT)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def _square(mask: Mask, points: npt.NDArray[np.float64], radii: list[float], stroke: float) -> None:
    """Fills the round joints at sharp corners of the box up to square ones, in place."""
    height, width = mask.shape
    half = stroke / 2
    for point, radius in zip(
        points, radii[1:] if len(points) < len(radii) else radii, strict=False
    ):
        at_corner = (point[0] < stroke or point[0] > width - stroke) and (
            point[1] < stroke or point[1] > height - stroke
        )
        if radius <= 0 and at_corner:
            low, high = np.rint(point - half).astype(int), np.rint(point + half).astype(int)
            cv2.rectangle(mask, low.tolist(), high.tolist(), 255, -1)


_Range = tuple[float, float]
STYLES: Final[dict[str, tuple[_Range, _Range, _Range, float]]] = {
    # width, stroke, radius, share of flat cuts
    "us": ((0.44, 0.58), (0.11, 0.155), (0.34, 0.5), 0.25),
    "us_wide": ((0.52, 0.66), (0.11, 0.155), (0.3, 0.5), 0.4),
    "fe": ((0.55, 0.66), (0.125, 0.155), (0.33, 0.5), 0.85),
    "mandatory": ((0.62, 0.72), (0.14, 0.165), (0.25, 0.4), 0.95),
    "narrow": ((0.38, 0.5), (0.11, 0.15), (0.35, 0.5), 0.7),
    "any": ((0.4, 0.75), (0.095, 0.165), (0.2, 0.5), 0.5),
}


def cut(style: str, index: int) -> Die:
    """Draws a die's measures.

    Args:
        style: Key of ``STYLES``.
        index: Its number: the same number gives the same die.
    """
    rng = np.random.default_rng([index, sorted(STYLES).index(style)])
    width, stroke, radius, flat = STYLES[style]
    return Die(
        float(rng.uniform(*width)),
        float(rng.uniform(*stroke)),
        float(rng.uniform(*radius)),
        bool(rng.random() < flat),
        int(rng.integers(0, 1 << 20)),
    )
