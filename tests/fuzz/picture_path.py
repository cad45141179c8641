"""What a picture goes through, from its bytes to crops and faces, with engines that only look."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from configs.settings import Settings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.fake_plate_reader import FakePlateReader
from pipelines.engines.letterbox import letterbox
from pipelines.engines.scaled_faces import FIRST_SIDE_PX, encode_scalable
from pipelines.errors import BadInput, GatehouseError, TooLarge
from pipelines.imaging import decode, encode_jpeg, sniff
from pipelines.outcomes import open_and_run
from pipelines.picture_files.jpeg import read_jpeg
from pipelines.picture_files.png import read_png
from pipelines.picture_files.reduced import ReducedFile
from pipelines.scalable_picture import ScalablePicture

MAX_PIXELS: Final = 2_000_000
ANSWERED: Final = "answered"

_IMAGE_SIZES: Final = (256, 640)
"""Letterboxed sizes: pictures of the samples' size are decoded reduced for the first."""


class PicturePath:
    """Decodes and looks at pictures as the replicas do."""

    def __init__(self) -> None:
        settings = Settings()
        self._detector = FakePlateDetector(settings.plate_detector)
        self._reader = FakePlateReader(settings.plate_reader)
        self._encoder = FakeFaceEncoder(settings.face_encoder)

    def __call__(self, data: bytes) -> str:
        """Returns ``answered``, or the code of the error that refuses the picture.

        Raises:
            AssertionError: It was answered wrongly, or refused as if that were our failure.
            Exception: What is not in the tree of errors.
        """
        outcomes = {
            self._outcome(*open_and_run([data], MAX_PIXELS, size, look))
            for size, look in (
                (_IMAGE_SIZES[0], self._find_plates),
                (_IMAGE_SIZES[1], self._find_plates),
                (FIRST_SIDE_PX, self._find_faces),
            )
        }
        assert len(outcomes) == 1, f"other outcomes at other scales: {outcomes}"
        outcome = outcomes.pop()
        if outcome == ANSWERED:
            self._check_reduced(data)
        return outcome

    def _outcome(self, outcome: str | GatehouseError) -> str:
        if isinstance(outcome, str):
            return outcome
        assert isinstance(outcome, BadInput | TooLarge), repr(outcome)
        return outcome.code

    def _find_plates(self, pictures: Sequence[ScalablePicture]) -> list[str]:
        for picture in pictures:
            for size in _IMAGE_SIZES:
                letterbox(picture.finest.pixels, size)
        for plates in self._detector.detect_scalable(pictures):
            crops = [plate.crop for plate in plates]
            self._reader.read(crops)
            for crop in crops:
                encode_jpeg(crop)
        return [ANSWERED] * len(pictures)

    def _find_faces(self, pictures: Sequence[ScalablePicture]) -> list[str]:
        for faces in encode_scalable(self._encoder, pictures):
            for face in faces:
                encode_jpeg(face.crop)
        return [ANSWERED] * len(pictures)

    def _check_reduced(self, data: bytes) -> None:
        """A reduced file is small, says the truth of its pixels, and cannot be reduced again."""
        file = _reduced(data)
        assert len(file.data) <= len(data) + 2
        assert _reduced(file.data) == replace(file, orientation=1)
        pixels = decode(file.data, max_pixels=MAX_PIXELS)
        assert pixels.shape == (file.height, file.width, 3)


def _reduced(data: bytes) -> ReducedFile:
    return read_png(data) if sniff(data) == "png" else read_jpeg(data)
