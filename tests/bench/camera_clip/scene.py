"""Where everything is at any time, and how the camera sees it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipelines.types import Picture
from tests.bench.camera_clip.sprites import Sprite

Place = tuple[float, float, float]
"""Middle, as shares of the picture's width and height, and size, 1 where it is nearest."""

_EXPOSURES: Final = 3
_NOISE: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Something that passes.

    Attributes:
        begins_s: When it comes into sight.
        way: Times after the beginning, rising from 0, and where it is then.
    """

    sprite: Sprite
    begins_s: float
    way: tuple[tuple[float, Place], ...]

    @property
    def ends_s(self) -> float:
        """When it is gone."""
        return self.begins_s + self.way[-1][0]

    def place(self, at_s: float) -> Place | None:
        """Where it is; None where it is not in sight."""
        if not self.begins_s <= at_s <= self.ends_s:
            return None
        times = [time_s for time_s, _ in self.way]
        axes = zip(*(place for _, place in self.way), strict=True)
        x, y, size = (float(np.interp(at_s - self.begins_s, times, axis)) for axis in axes)
        return x, y, size


def plan(vehicles: Sequence[Sprite], people: Sequence[Sprite], seed: int) -> list[Passage]:
    """Has everybody pass: one after another, two at once, some with a stop, and one comes again.

    Args:
        vehicles: In their order.
        people: Who walk by in between.
        seed: Decides how fast.
    """
    chance = random.Random(seed)
    passages: list[Passage] = []
    now_s = 0.5
    walking = list(people)
    for number, vehicle in enumerate([*vehicles, *vehicles[:1]]):
        pace = chance.uniform(0.8, 1.3)
        kind = number % 4
        if kind == 0:
            way = _by(2.6 * pace, 0.60)
        elif kind == 1:
            way = _nearer(3.6 * pace, 0.5, stop_s=0.0)
        elif kind == 2:
            way = _nearer(3.0 * pace, 0.28, stop_s=3.0)
        else:  # together with the one before, in the other lane
            way = _nearer(3.2 * pace, 0.74, stop_s=1.0)
            now_s = passages[-1].begins_s + 0.4
        passages.append(Passage(vehicle, now_s, way))
        if kind == 1 and walking:
            passages.append(Passage(walking.pop(), now_s + 0.5, _walk(4.5 * pace)))
        now_s = max(one.ends_s for one in passages) + chance.uniform(0.4, 1.2)
    return passages


def _by(lasts_s: float, y: float) -> tuple[tuple[float, Place], ...]:
    return ((0.0, (-0.25, y, 0.9)), (lasts_s, (1.25, y, 0.9)))


def _nearer(lasts_s: float, x: float, stop_s: float) -> tuple[tuple[float, Place], ...]:
    near = (x, 0.66, 0.95)
    come = ((0.0, (0.5 + 0.2 * (x - 0.5), 0.40, 0.35)), (0.7 * lasts_s, near))
    return (*come, (0.7 * lasts_s + stop_s + 0.01, near), (lasts_s + stop_s + 0.02, (x, 1.5, 1.3)))


def _walk(lasts_s: float) -> tuple[tuple[float, Place], ...]:
    return ((0.0, (1.1, 0.22, 0.8)), (lasts_s, (-0.1, 0.26, 1.0)))


def seen(
    background: Picture, passages: Sequence[Passage], rate: float, shutter_s: float
) -> Iterator[Picture]:
    """The clip's pictures: blurred by movement, with a sensor's noise.

    Args:
        background: ``(H, W, 3)`` uint8 BGR.
        passages: What moves; the last that begins is in front.
        rate: Pictures a second.
        shutter_s: How long the camera looks for each picture.
    """
    noise = np.random.default_rng(0)
    ends_s = max(one.ends_s for one in passages) + 2.0
    for number in range(int(ends_s * rate)):
        at_s = number / rate
        shots = [
            _shot(background, passages, at_s + shutter_s * part / (_EXPOSURES - 1))
            for part in range(_EXPOSURES)
        ]
        grain = noise.normal(0.0, _NOISE, background.shape[:2]).astype(np.float32)
        picture = np.mean(shots, axis=0, dtype=np.float32) + grain[..., None]
        yield np.clip(picture, 0, 255).astype(np.uint8)


def _shot(background: Picture, passages: Sequence[Passage], at_s: float) -> Picture:
    picture = background.copy()
    for one in passages:
        place = one.place(at_s)
        if place is not None:
            _lay(picture, one.sprite, place)
    return picture


def _lay(picture: Picture, sprite: Sprite, place: Place) -> None:
    """Lays a cut-out over a picture, which is changed; parts outside are cut off."""
    height, width = picture.shape[:2]
    x, y, size = place
    high, wide = sprite.mask.shape
    shift = np.array(
        [[size, 0, x * width - size * wide / 2], [0, size, y * height - size * high / 2]]
    )
    left, top = max(0, int(shift[0, 2])), max(0, int(shift[1, 2]))
    right, bottom = (
        min(width, int(shift[0, 2] + size * wide) + 1),
        min(height, int(shift[1, 2] + size * high) + 1),
    )
    if right <= left or bottom <= top:
        return
    shift[:, 2] -= (left, top)
    sides = (right - left, bottom - top)
    mask = cv2.warpAffine(sprite.mask, shift, sides)[..., None]
    laid = cv2.warpAffine(sprite.picture, shift, sides)
    part = picture[top:bottom, left:right]
    part[:] = (part * (1 - mask) + laid * mask).astype(np.uint8)
