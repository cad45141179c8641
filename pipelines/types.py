"""Domain types that travel between engines, compositions and deployments.

All are frozen; arrays inside them are never written to after construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pipelines.gallery.driver_records import DriverRecord

Picture = NDArray[np.uint8]
"""``(H, W, 3)`` uint8, BGR, upright (EXIF orientation applied), C-contiguous."""

Vector = NDArray[np.float32]
"""``(D,)`` float32 of unit L2 norm."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in pixels of the upright source picture, x2 and y2 exclusive."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class PlateDetection:
    """One plate found in a picture.

    Attributes:
        box: Where it is: the bounding box of ``corners`` where these are known.
        score: Detector confidence, [0, 1].
        crop: The straightened plate with a small margin, in its own proportions, ``(h, w, 3)``
            uint8 BGR, at most 240 px high and 480 px wide, less where a picture has more than 5
            plates, so that all its crops stay below a 4 MiB message.
        corners: Top left, top right, bottom right and bottom left of the plate as its text stands,
            x and y in pixels of the source picture; None where they are not known surely.
        plain: The upright rectangle of the detector's own box, in the format of ``crop``; None
            where ``crop`` is hardly anything else.
        in_tile: Whether it was found in a tile of the picture alone, where much more resembles a
            plate.
    """

    box: Box
    score: float
    crop: Picture
    corners: tuple[tuple[float, float], ...] | None = None
    plain: Picture | None = None
    in_tile: bool = False


@dataclass(frozen=True, slots=True)
class PlateCandidate:
    """One possible text of a plate and its confidence, [0, 1]."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class RegionGuess:
    """A country or state that may have issued a plate.

    Attributes:
        region: ISO 3166-1 alpha-2 code, or ISO 3166-2 code of a state or province.
        probability: [0, 1].
    """

    region: str
    probability: float


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What a reader saw on one crop.

    Attributes:
        text: Upper-case letters and digits without separators, lines joined top to bottom; may be
            empty.
        confidence: That the whole text is right, [0, 1]; 0 when the text is empty.
        char_confidences: One a character of ``text``, [0, 1].
        candidates: Best first; the first is ``text`` itself.
        lines: The text line by line.
        regions: What the plate's looks say about where it is from, likeliest first; empty where
            the reader does not tell.
    """

    text: str
    confidence: float
    char_confidences: tuple[float, ...]
    candidates: tuple[PlateCandidate, ...]
    lines: tuple[str, ...]
    regions: tuple[RegionGuess, ...] = ()


@dataclass(frozen=True, slots=True)
class PlateText:
    """A reading after the country patterns.

    Attributes:
        raw: The reader's text, untouched.
        text: Upper-case Latin letters and digits; confusable characters mended where a pattern asks
            for it.
        formatted: ``text`` as its country writes it, or ``text`` where no pattern is known.
        country: ISO 3166-1 alpha-2 code of the pattern, or None.
        cyrillic: Lower-case Cyrillic form for the Russian pattern, else None.
        region: ISO 3166-2 code of the state or province, where the country has such plates and it
            is clear which.
        candidates: What the text may be and how probable that is after the patterns, ``text``
            itself first; empty where there was nothing to read.
    """

    raw: str
    text: str
    formatted: str
    country: str | None
    cyrillic: str | None
    region: str | None = None
    candidates: tuple[PlateCandidate, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """One plate of a picture, found, read and formatted."""

    detection: PlateDetection
    reading: PlateReading
    text: PlateText


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """Measures of how well a face can be recognised.

    Attributes:
        size_px: Shorter side of the face box in source pixels.
        sharpness: Variance of the Laplacian of the grey aligned crop (higher is sharper).
        brightness: Mean of the grey aligned crop, [0, 255].
        yaw: Left-right turn from the landmarks, degrees, 0 is frontal.
        pitch: Up-down turn from the landmarks, degrees, 0 is frontal.
        roll: In-plane rotation from the eyes, degrees, 0 is level.
    """

    size_px: float
    sharpness: float
    brightness: float
    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face found in a picture.

    Attributes:
        box: Where it is.
        score: Detector confidence, [0, 1].
        landmarks: ``(5, 2)`` float32 source pixels: left eye, right eye, nose, left and right mouth
            corner, left and right as they lie in the picture.
        quality: How usable it is.
        embedding: ``(D,)`` float32 of unit L2 norm.
        model_id: What made the embedding; it compares only with others of this model.
        aligned: ``(112, 112, 3)`` uint8 BGR, what the embedding was computed from.
        crop: The face with some context for people to look at, ``(h, w, 3)`` uint8 BGR, longer side
            at most 256 px.
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    quality: FaceQuality
    embedding: Vector
    model_id: str
    aligned: Picture
    crop: Picture


@dataclass(frozen=True, slots=True)
class FaceModel:
    """What made an embedding: vectors compare only within one model id; ``dimension`` is theirs."""

    model_id: str
    dimension: int


@dataclass(frozen=True, slots=True)
class DriverMatch:
    """An enrolled driver near a probe: cosine similarity to the driver's template, [-1, 1]."""

    driver_id: int
    similarity: float


@dataclass(frozen=True, slots=True)
class GallerySearch:
    """Answer of the gallery to one probe.

    Attributes:
        matches: Best first, one a driver.
        gallery_size: Drivers searched; decides the threshold.
        sequence: The change-log sequence number that the answer is at least as new as.
        unchanged_since: The drivers that were searched are the same from this number on, up to
            ``sequence``. Tells whether the answers of two shards are of one moment.
        nearest: The record of the first match, where that is near enough to be asked for next;
            read after the search.
    """

    matches: tuple[DriverMatch, ...]
    gallery_size: int
    sequence: int
    unchanged_since: int = 0
    nearest: "DriverRecord | None" = None


class PlateDetector(Protocol):
    """Finds plates. Thread-safe; answers one tuple a picture, best score first."""

    model_id: str

    def detect(self, pictures: Sequence[Picture]) -> list[tuple[PlateDetection, ...]]: ...


class PlateReader(Protocol):
    """Reads plate crops. Thread-safe; answers one reading a crop, in order."""

    model_id: str

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]: ...


class FaceEncoder(Protocol):
    """Finds and embeds faces. Thread-safe; answers one tuple a picture, largest face first."""

    model_id: str
    dimension: int

    def encode(self, pictures: Sequence[Picture]) -> list[tuple[Face, ...]]: ...

    def embed(self, aligned: Sequence[Picture]) -> NDArray[np.float32]:
        """``(N, D)`` float32 of unit L2 norm, one row a face as ``Face.aligned`` holds it."""
