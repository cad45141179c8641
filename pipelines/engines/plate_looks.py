"""Looks at a picture for plates: small, larger, without its noise, in tiles, until one is sure."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2

from configs.settings import PlateDetectorSettings
from pipelines.engines.detection_networks import DetectionNetwork
from pipelines.engines.letterbox import letterbox
from pipelines.engines.plate_tiles import tiles_of
from pipelines.geometry import clip, keep_best, moved
from pipelines.scalable_picture import ScalablePicture
from pipelines.types import Box, Picture

Scored = list[tuple[float, Box]]
"""Scores and boxes in pixels of the full picture."""

_TILES_AT_ONCE: Final = 3
"""Tiles in one forward pass, after which something sure ends the search."""

HINT_SCORE: Final = 0.02
"""Least score of what says where to look closer. Of 28 plates of 60 to 120 px in pictures of 12
megapixels the tile with the best hint showed 12, the best three 22, all nine 26."""

_MEDIAN_PX: Final = 3
"""The third look's filter. Of 97 photos with plates of the training part in which two looks found
nothing sure it shows 25, of 148 photos of faces none; other scales without it show 5 to 15."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What resembles plates in one picture, and which of it only tiles showed."""

    scored: Scored
    in_tiles: frozenset[tuple[float, Box]]


def _as_it_is(picture: Picture) -> Picture:
    return picture


def _denoised(picture: Picture) -> Picture:
    filtered: Picture = cv2.medianBlur(picture, _MEDIAN_PX).astype(picture.dtype, copy=False)
    return filtered


class PlateLooks:
    """Looks at pictures until something sure is found in each.

    The first look is small, the second larger, the third has the picture's grain filtered away, and
    a large picture is then looked at in tiles.

    Args:
        network: Finds boxes on canvases.
        settings: The detector's settings.
    """

    def __init__(self, network: DetectionNetwork, settings: PlateDetectorSettings) -> None:
        self.network = network
        self._settings = settings

    def take(self, pictures: Sequence[ScalablePicture]) -> list[Seen]:
        """Finds what resembles plates in each picture, without what overlaps something better.

        Raises:
            Unavailable: There is not enough memory for a picture now.
        """
        scored = self._look(pictures, self._settings.image_size)
        for size, prepare in (
            (self._settings.second_image_size, _as_it_is),
            (self._settings.denoised_image_size, _denoised),
        ):
            if size is None:
                continue
            doubtful = [place for place, found in enumerate(scored) if not self.is_sure(found)]
            again = self._look([pictures[place] for place in doubtful], size, prepare)
            for place, more in zip(doubtful, again, strict=True):
                scored[place] += more
        return [self._seen(*each) for each in zip(pictures, scored, strict=True)]

    def is_sure(self, scored: Scored) -> bool:
        """Whether something in it is surely a plate."""
        return any(score >= self._settings.sure_score for score, _ in self._kept(scored))

    def _seen(self, picture: ScalablePicture, scored: Scored) -> Seen:
        in_tiles = self._in_tiles(picture, scored)
        return Seen(self._kept([*scored, *in_tiles]), frozenset(in_tiles))

    def _look(
        self,
        pictures: Sequence[ScalablePicture],
        size: int,
        prepare: Callable[[Picture], Picture] = _as_it_is,
    ) -> list[Scored]:
        """Score and box of whatever resembles a plate with the longer side at ``size``."""
        views = [picture.view(picture.longer_side / size) for picture in pictures]
        inputs = [letterbox(prepare(view.pixels), size) for view in views]
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, boxed in enumerate(inputs):
            groups[boxed.canvas.shape].append(index)
        answers: list[Scored] = [[] for _ in inputs]
        for indices in groups.values():
            results = self.network.boxes([inputs[index].canvas for index in indices])
            for index, rows in zip(indices, results, strict=True):
                picture, view = pictures[index], views[index]
                for *sides, score in rows:
                    box = view.box_to_source(inputs[index].to_source(*sides))
                    answers[index].append((score, clip(box, picture.width, picture.height)))
        return answers

    def _in_tiles(self, picture: ScalablePicture, scored: Scored) -> Scored:
        """What tiles show of a large picture in which nothing sure was found."""
        settings = self._settings.tiles
        if (
            settings is None
            or picture.longer_side < settings.min_longer_side
            or self.is_sure(scored)
        ):
            return []
        view = picture.view(picture.longer_side / settings.image_size)
        height, width = view.pixels.shape[:2]
        tiles = tiles_of(width, height, settings)
        places = tiles.likeliest([(score, view.box_from_source(box)) for score, box in scored])
        found: Scored = []
        for start in range(0, min(len(places), settings.max_tiles), _TILES_AT_ONCE):
            some = places[start : min(start + _TILES_AT_ONCE, settings.max_tiles)]
            inputs = [letterbox(tiles.cut(view.pixels, place), tiles.side) for place in some]
            results = self.network.boxes([boxed.canvas for boxed in inputs])
            for place, boxed, rows in zip(some, inputs, results, strict=True):
                for *sides, score in rows:
                    on_tile = boxed.to_source(*sides)
                    if not tiles.is_cut(place, on_tile):
                        box = view.box_to_source(moved(on_tile, *place))
                        found.append((score, clip(box, picture.width, picture.height)))
            if self.is_sure(found):
                break
        return found

    def _kept(self, scored: Scored) -> Scored:
        usable = [(score, box) for score, box in scored if score >= self._settings.min_score]
        return keep_best(usable, self._settings.max_plates)
