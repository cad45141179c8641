"""Plates of a picture: find them, read them, format them, choose the nearest vehicle's."""

from collections.abc import Awaitable, Callable, Sequence

from configs.settings import Settings
from pipelines.errors import NoPlateFound, PlateUnreadable
from pipelines.plate_text import interpret, known_region
from pipelines.types import Picture, Plate, PlateDetection, PlateReading, PlateText

DetectPlates = Callable[[bytes], Awaitable[Sequence[PlateDetection]]]
"""Encoded picture -> the plates in it."""

ReadPlates = Callable[[Sequence[Picture]], Awaitable[Sequence[PlateReading]]]
"""Plate crops -> one reading a crop, in order."""

_LEAST_CHARACTERS_OF_A_PLATE = 2
_LEAST_CHARACTERS_OF_A_DOUBTFUL_PLATE = 4
"""Shadows and faces read as single characters, headlines as words."""


class PlatePipeline:
    """Encoded picture in, plates out.

    Args:
        detect: Finds the plates; answers a picture that is a plate itself with one plate.
        read: Reads all crops of one picture.
        settings: What counts as a plate and as readable, and the region.

    Raises:
        InvalidRequest: No formats are known for the region.
    """

    def __init__(self, detect: DetectPlates, read: ReadPlates, settings: Settings) -> None:
        self._detect = detect
        self._read = read
        self._sure_score = settings.plate_detector.sure_score
        self._clear_score = settings.plate_detector.clear_score
        self._min_confidence = settings.plate_reader.min_confidence
        self._sure_confidence = settings.plate_reader.sure_confidence
        self._doubt_below = settings.plate_reader.doubt_below
        self._region = known_region(settings.plate_text.region)

    async def read_picture(self, picture: bytes, region: str | None = None) -> tuple[Plate, ...]:
        """Return all plates, best first; one that cannot be read comes last, with empty texts.

        Args:
            picture: Encoded.
            region: The only region whose formats are tried; None takes that of the settings.

        Raises:
            InvalidRequest: No formats are known for the region.
        """
        wanted = known_region(region) or self._region
        detections = await self._detect(picture)
        if not detections:
            return ()
        readings = await self._readings(detections)
        plates = [
            Plate(detection, reading, self._text(reading, wanted))
            for detection, reading in zip(detections, readings, strict=True)
            if self._is_plate(detection, reading)
        ]
        return tuple(sorted(plates, key=_rank, reverse=True))

    async def best_plate(self, picture: bytes) -> Plate:
        """Return the plate of the nearest vehicle.

        Raises:
            NoPlateFound: The picture shows no plate.
            PlateUnreadable: Plates were found, and none can be read.
        """
        return best_of(await self.read_picture(picture))

    async def _readings(self, detections: Sequence[PlateDetection]) -> list[PlateReading]:
        """Read all plates; those that leave doubt also as they were before straightening."""
        readings = list(await self._read([detection.crop for detection in detections]))
        plain = {
            place: detection.plain
            for place, detection in enumerate(detections)
            if detection.plain is not None and readings[place].confidence < self._doubt_below
        }
        if plain:
            others = await self._read(list(plain.values()))
            for place, other in zip(plain, others, strict=True):
                readings[place] = max(readings[place], other, key=lambda one: one.confidence)
        return readings

    def _is_plate(self, detection: PlateDetection, reading: PlateReading) -> bool:
        """Whether a detection is clear, or its text is: signs and lamps rarely read as plates."""
        if detection.score >= self._clear_score and not detection.in_tile:
            return True
        if detection.score >= self._sure_score:
            least, characters = self._min_confidence, _LEAST_CHARACTERS_OF_A_PLATE
        else:
            least, characters = self._sure_confidence, _LEAST_CHARACTERS_OF_A_DOUBTFUL_PLATE
        return reading.confidence >= least and len(reading.text) >= characters

    def _text(self, reading: PlateReading, region: str | None) -> PlateText:
        if reading.text and reading.confidence >= self._min_confidence:
            return interpret(
                reading.text,
                char_confidences=reading.char_confidences,
                candidates=reading.candidates,
                region=region,
                region_probabilities={one.region: one.probability for one in reading.regions},
            )
        return PlateText(raw=reading.text, text="", formatted="", country=None, cyrillic=None)


def best_of(plates: Sequence[Plate]) -> Plate:
    """Return the first of ``read_picture``'s plates.

    Raises:
        NoPlateFound: There is none.
        PlateUnreadable: None of them can be read.
    """
    if not plates:
        raise NoPlateFound("can not detect license plate from image")
    if not plates[0].text.text:
        raise PlateUnreadable("can not recognize license plate from image")
    return plates[0]


def _rank(plate: Plate) -> tuple[bool, float]:
    """Readable ones first, then detection score x reading confidence x fourth root of the area.

    At a gate the nearest vehicle is meant, and its plate is the largest. The fourth root keeps
    size a mild preference: a plate twice as wide and twice as high wins against one that is up to
    1.4 times as certain.
    """
    certainty = plate.detection.score * plate.reading.confidence
    return bool(plate.text.text), certainty * plate.detection.box.area**0.25
