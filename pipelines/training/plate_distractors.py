"""Things that are no plates but have letters, digits or frames: signs, adverts, dials, grilles."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)
_WORDS = (
    "open late / free parking / mon - sat / 9 to 18",
    "SALE / everything / must go / 50 % off / today",
    "NO / STOPPING / AT ANY / TIME",
    "fresh bread / coffee and cake / since 1952",
    "Garage Nord / tyres & brakes / all makes / 0800 22 18",
    "deliveries / round the back / please ring",
)
_LETTERING = ("TAXI", "Turbo", "Police", "GTi", "quattro", "Express Cargo", "School Bus", "4x4")


def with_distractors(background: Picture, rng: np.random.Generator) -> Picture:
    """Puts one to three signs, adverts, dials or grilles on a picture without plates.

    None has a plate's look: a panel of one or two lines of capitals and digits.

    Args:
        background: ``(H, W, 3)`` uint8 BGR without plates.
        rng: Draws what, where, how large and how tilted.

    Returns:
        ``(H, W, 3)`` uint8 BGR, a copy.
    """
    picture = background.copy()
    for _ in range(int(rng.integers(1, 4))):
        kind = _KINDS[int(rng.integers(len(_KINDS)))]
        panel, mask = kind(rng)
        _paste(picture, panel, mask, rng)
    return picture


def _paste(picture: Picture, panel: Picture, mask: Picture, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    rows, columns = panel.shape[:2]
    scale = rng.uniform(0.12, 0.5) * min(height, width) / max(rows, columns)
    place = rng.uniform(0.0, 0.75, 2) * [width, height]
    corners = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    moved = corners * scale + place + rng.normal(0.0, 0.04, (4, 2)) * scale * max(rows, columns)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    light = rng.uniform(0.5, 1.0)
    flags = cv2.INTER_AREA
    warped = cv2.warpPerspective(panel, matrix, (width, height), flags=flags).astype(np.float32)
    alpha = cv2.warpPerspective(mask, matrix, (width, height), flags=flags)[..., None] / 255.0
    picture[:] = (picture * (1.0 - alpha) + warped * light * alpha).astype(np.uint8)


def _advert(rng: np.random.Generator) -> tuple[Picture, Picture]:
    paper, ink = _contrast(rng)
    lines = _WORDS[int(rng.integers(len(_WORDS)))].split(" / ")
    panel = np.full((len(lines) * 70 + 30, 420, 3), paper, np.uint8)
    font = int(rng.choice(_FONTS))
    for number, line in enumerate(lines):
        size = min(1.7, 26.0 / len(line) * rng.uniform(0.7, 1.0))
        cv2.putText(panel, line, (20, 65 + 70 * number), font, size, ink, 3, cv2.LINE_AA)
    return panel, np.full(panel.shape[:2], 255, np.uint8)


def _road_sign(rng: np.random.Generator) -> tuple[Picture, Picture]:
    side = 240
    panel = np.full((side, side, 3), (235, 235, 235), np.uint8)
    mask = np.zeros((side, side), np.uint8)
    ring = ((30, 30, 190), (160, 80, 20), (30, 180, 230))[int(rng.integers(3))]
    if rng.random() < 0.6:
        cv2.circle(mask, (120, 120), 118, 255, -1)
        cv2.circle(panel, (120, 120), 105, ring, 26, cv2.LINE_AA)
        cv2.putText(panel, str(rng.integers(1, 13) * 10), (62, 150), 1, 5.0, (20, 20, 20), 9)
    else:
        points = np.array([(120, 6), (236, 224), (4, 224)], np.int32)
        cv2.fillPoly(mask, [points], 255)
        cv2.polylines(panel, [points], True, ring, 40)
        cv2.putText(panel, "!", (98, 190), 1, 7.0, (20, 20, 20), 12)
    return panel, mask


def _dial(rng: np.random.Generator) -> tuple[Picture, Picture]:
    side = 260
    face, ink = _contrast(rng)
    panel = np.full((side, side, 3), face, np.uint8)
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (130, 130), 128, 255, -1)
    for number in range(12):
        angle = 2.0 * np.pi * number / 12
        x, y = 130 + 100 * np.sin(angle), 130 - 100 * np.cos(angle)
        text = str(number * int(rng.integers(1, 3)) * 10)
        cv2.putText(panel, text, (int(x) - 18, int(y) + 8), 0, 0.7, ink, 2, cv2.LINE_AA)
    needle = rng.uniform(0.0, 2.0 * np.pi)
    tip = (int(130 + 80 * np.sin(needle)), int(130 - 80 * np.cos(needle)))
    cv2.line(panel, (130, 130), tip, (40, 40, 220), 5, cv2.LINE_AA)
    return panel, mask


def _grille(rng: np.random.Generator) -> tuple[Picture, Picture]:
    rows, columns = int(rng.integers(60, 200)), int(rng.integers(180, 420))
    dark = int(rng.integers(5, 60))
    panel = np.full((rows, columns, 3), dark, np.uint8)
    step, bright = int(rng.integers(8, 26)), int(rng.integers(90, 230))
    thickness = max(2, step // 3)
    if rng.random() < 0.6:
        for y in range(0, rows, step):
            cv2.line(panel, (0, y), (columns, y), (bright,) * 3, thickness)
    if rng.random() < 0.5:
        for x in range(0, columns, step):
            cv2.line(panel, (x, 0), (x, rows), (bright,) * 3, thickness)
    return panel, np.full(panel.shape[:2], 255, np.uint8)


def _lettering(rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Letters without a panel, as on a van's side."""
    text = _LETTERING[int(rng.integers(len(_LETTERING)))]
    font, ink = int(rng.choice(_FONTS)), _contrast(rng)[1]
    (width, height), base = cv2.getTextSize(text, font, 2.5, 6)
    mask = np.zeros((height + base + 30, width + 20), np.uint8)
    cv2.putText(mask, text, (10, height + 10), font, 2.5, 255, 6, cv2.LINE_AA)
    return np.full((*mask.shape, 3), ink, np.uint8), mask


def _contrast(rng: np.random.Generator) -> tuple[Colour, Colour]:
    light = rng.integers(170, 256, 3).tolist()
    dark = rng.integers(0, 100, 3).tolist()
    pair = (tuple(light), tuple(dark))
    return pair if rng.random() < 0.5 else pair[::-1]


_KINDS: tuple[Callable[[np.random.Generator], tuple[Picture, Picture]], ...] = (
    _advert,
    _road_sign,
    _dial,
    _grille,
    _lettering,
)
