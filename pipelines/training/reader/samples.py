"""Plates with known texts, as the training loop takes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
JPEG_QUALITY: Final = 95


@dataclass
class Samples:
    """Pictures of one plate each with what is around it, packed.

    Attributes:
        jpeg: All pictures' JPEG bytes.
        offsets: ``(N + 1,)`` int64, where each picture begins and ends in ``jpeg``.
        texts: What the plates say.
        regions: ISO 3166 codes, or "" where unknown.
        corners: ``(N, 4, 2)`` float32 pixels: top left, top right, bottom right, bottom left of the
            plate; of its box where ``boxed``.
        boxed: ``(N,)`` bool: only the plate's box is known.
    """

    jpeg: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    texts: list[str]
    regions: list[str]
    corners: NDArray[np.float32]
    boxed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)

    def picture(self, index: int) -> Pixels:
        """``(H, W, 3)`` uint8 BGR."""
        encoded = self.jpeg[self.offsets[index] : self.offsets[index + 1]]
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)

    def save(self, path: Path) -> None:
        """Writes the samples to one ``.npz`` file."""
        np.savez(
            path,
            jpeg=self.jpeg,
            offsets=self.offsets,
            texts=np.array(self.texts),
            regions=np.array(self.regions),
            corners=self.corners,
            boxed=self.boxed,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what ``save`` or the plate synthesis wrote."""
        with np.load(path) as stored:
            texts = [str(text) for text in stored["texts"]]
            boxed = stored["boxed"] if "boxed" in stored else np.zeros(len(texts), bool)
            return cls(
                jpeg=stored["jpeg"],
                offsets=stored["offsets"],
                texts=texts,
                regions=[str(region) for region in stored["regions"]],
                corners=stored["corners"],
                boxed=boxed,
            )

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """All samples of all parts, in order."""
        starts = np.cumsum([0, *(len(part.jpeg) for part in parts)])
        offsets = [part.offsets[:-1] + start for part, start in zip(parts, starts, strict=False)]
        return cls(
            jpeg=np.concatenate([part.jpeg for part in parts]),
            offsets=np.concatenate([*offsets, starts[-1:]]).astype(np.int64),
            texts=[text for part in parts for text in part.texts],
            regions=[region for part in parts for region in part.regions],
            corners=np.concatenate([part.corners for part in parts]),
            boxed=np.concatenate([part.boxed for part in parts]),
        )

    def kept(self, indices: Sequence[int]) -> "Samples":
        """Some of the samples."""
        packer = Packer()
        for index in indices:
            packer.add_encoded(
                self.jpeg[self.offsets[index] : self.offsets[index + 1]],
                self.texts[index],
                self.regions[index],
                self.corners[index],
                boxed=bool(self.boxed[index]),
            )
        return packer.samples()


@dataclass
class Packer:
    """Collects samples one by one."""

    _jpeg: list[NDArray[np.uint8]] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _regions: list[str] = field(default_factory=list)
    _corners: list[NDArray[np.float32]] = field(default_factory=list)
    _boxed: list[bool] = field(default_factory=list)

    def add(
        self,
        picture: Pixels,
        text: str,
        region: str,
        corners: NDArray[np.float32],
        *,
        boxed: bool,
    ) -> None:
        """Adds one picture, ``(H, W, 3)`` uint8 BGR, with its plate's ``(4, 2)`` corners."""
        quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        encoded = np.asarray(cv2.imencode(".jpg", picture, quality)[1], np.uint8).ravel()
        self.add_encoded(encoded, text, region, corners, boxed=boxed)

    def add_encoded(
        self,
        jpeg: NDArray[np.uint8],
        text: str,
        region: str,
        corners: NDArray[np.float32],
        *,
        boxed: bool,
    ) -> None:
        """Adds one picture that is JPEG already."""
        self._jpeg.append(jpeg)
        self._texts.append(text)
        self._regions.append(region)
        self._corners.append(np.asarray(corners, np.float32))
        self._boxed.append(boxed)

    def samples(self) -> Samples:
        """What was added."""
        sizes = [len(jpeg) for jpeg in self._jpeg]
        return Samples(
            jpeg=np.concatenate([np.zeros(0, np.uint8), *self._jpeg]),
            offsets=np.cumsum([0, *sizes]).astype(np.int64),
            texts=list(self._texts),
            regions=list(self._regions),
            corners=np.array(self._corners, np.float32).reshape(-1, 4, 2),
            boxed=np.array(self._boxed, bool),
        )


def box_corners(x1: float, y1: float, x2: float, y2: float) -> NDArray[np.float32]:
    """``(4, 2)`` corners of a box in the order of ``Samples.corners``."""
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)


def cut_with_surroundings(
    picture: Pixels, box: tuple[float, float, float, float], share: float, longest: int
) -> tuple[Pixels, NDArray[np.float32]]:
    """Cuts a plate with what is around it.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: The plate, xyxy pixels.
        share: Surroundings on each side, as a share of the box's longer side.
        longest: The plate's longer side is made smaller to this, pixels.

    Returns:
        The cut, and the box's corners in it.
    """
    x1, y1, x2, y2 = box
    margin = share * max(x2 - x1, y2 - y1)
    height, width = picture.shape[:2]
    left, top = max(0, int(x1 - margin)), max(0, int(y1 - margin))
    right, bottom = min(width, int(x2 + margin) + 1), min(height, int(y2 + margin) + 1)
    cut = picture[top:bottom, left:right]
    scale = min(1.0, longest / max(x2 - x1, y2 - y1))
    if scale < 1.0:
        cut = np.asarray(
            cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    moved = box_corners(x1 - left, y1 - top, x2 - left, y2 - top)
    return cut, np.asarray(moved * np.float32(scale), np.float32)


def shards(folders: Sequence[Path]) -> Iterator[Samples]:
    """All synthesised samples of some folders."""
    for folder in folders:
        for path in sorted(folder.glob("shard_*.npz")):
            yield Samples.load(path)
