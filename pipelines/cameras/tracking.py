"""Which boxes of one picture are those of the pictures before.

Written here because nothing fits. `trackers` (Roboflow, Apache-2.0, well kept) takes 77 MB and a
second of start in every camera, and 107 MB on the disk for supervision and PyAV, a second FFmpeg;
the one in ultralytics takes 201 MB; norfair refuses this NumPy. None of them knows what was read on
a plate, which tells two vehicles apart better than where they are, so that pairing the best first
is enough: SciPy's optimal assignment takes 49 MB.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from configs.camera_settings import TrackSettings
from pipelines.geometry import grow, intersection_over_union, moved
from pipelines.types import Box

Alike = Callable[[int, int], float | None]
"""Track and place of a box -> how alike they look, 0.5 says nothing; None where nobody knows."""

OTHER: Final = 0.4
"""What is less alike is another one, wherever it is."""

SAME: Final = 0.9
"""What is at least so alike is the same one, wherever it is."""

_LOOKS_COUNT: Final = 2.0
"""A likeness that is sure counts as much as a full overlap."""


@dataclass(slots=True)
class _Track:
    """Where something was last seen, and how it moved, in pixels a second."""

    box: Box
    at_s: float
    x_a_s: float = 0.0
    y_a_s: float = 0.0

    def foretold(self, at_s: float) -> Box:
        passed_s = at_s - self.at_s
        return moved(self.box, self.x_a_s * passed_s, self.y_a_s * passed_s)

    def follow(self, box: Box, at_s: float) -> None:
        passed_s = at_s - self.at_s
        if passed_s > 0:
            self.x_a_s = (_middle(box)[0] - _middle(self.box)[0]) / passed_s
            self.y_a_s = (_middle(box)[1] - _middle(self.box)[1]) / passed_s
        self.box, self.at_s = box, at_s


class Tracks:
    """Gives the boxes of one and the same thing one number, picture after picture.

    The pair with most overlap and likeness is joined first. Overlap is that of the foretold box
    with the new one, both grown by ``reach``: a plate is small and pictures are few, so that it may
    move by more than itself between two of them (buffered IoU, Yang et al., WACV 2023).

    Args:
        settings: How far something may move, and how long it may be out of sight.
    """

    def __init__(self, settings: TrackSettings) -> None:
        self._settings = settings
        self._tracks: dict[int, _Track] = {}
        self._next = 1

    def assign(self, boxes: Sequence[Box], at_s: float, alike: Alike) -> list[int]:
        """The number of each box, in order; what is new gets a new one.

        Args:
            boxes: Those of one picture, in pixels.
            at_s: When it was taken; later than the pictures before.
            alike: How alike a track and one of the boxes look.
        """
        pairs = []
        for number, track in self._tracks.items():
            foretold = track.foretold(at_s)
            for place, box in enumerate(boxes):
                score = _score(self._overlap(foretold, box), alike(number, place))
                if score is not None:
                    pairs.append((score, number, place))
        found: dict[int, int] = {}
        for _, number, place in sorted(pairs, reverse=True):
            if place not in found and number not in found.values():
                found[place] = number
        return [self._taken(found.get(place), box, at_s) for place, box in enumerate(boxes)]

    def lost(self, at_s: float) -> list[int]:
        """Numbers of what has passed; they are never given again."""
        past = at_s - self._settings.lost_after_s
        return self._forget(number for number, one in self._tracks.items() if one.at_s < past)

    def all_lost(self) -> list[int]:
        """The same at the end of a stream: everything."""
        return self._forget(self._tracks)

    def _taken(self, number: int | None, box: Box, at_s: float) -> int:
        if number is None:
            number, self._next = self._next, self._next + 1
            self._tracks[number] = _Track(box, at_s)
        else:
            self._tracks[number].follow(box, at_s)
        return number

    def _overlap(self, first: Box, second: Box) -> float:
        reach = self._settings.reach
        larger = [grow(box, reach * box.width, reach * box.height) for box in (first, second)]
        return intersection_over_union(*larger)

    def _forget(self, numbers: Iterable[int]) -> list[int]:
        gone = list(numbers)
        for number in gone:
            del self._tracks[number]
        return gone


def _score(overlap: float, alike: float | None) -> float | None:
    """How well a track and a box fit together; None where they cannot be one."""
    if alike is None:
        return overlap if overlap > 0.0 else None
    if alike < OTHER or (overlap <= 0.0 and alike < SAME):
        return None
    return overlap + _LOOKS_COUNT * (alike - 0.5)


def _middle(box: Box) -> tuple[float, float]:
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
