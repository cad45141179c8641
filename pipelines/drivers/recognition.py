"""Who the faces of a picture are, one among all drivers or held against one of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from configs.settings import GallerySettings
from pipelines.drivers.decision import Decision, UnknownReason, decide
from pipelines.drivers.face_encoding import FaceEncoding, all_of
from pipelines.drivers.gallery import DriverGallery
from pipelines.errors import DriverNotFound, NoComparableFace, NoFaceFound, Unavailable
from pipelines.gallery.driver_records import DriverRecord
from pipelines.types import Face, GallerySearch

_LOOKS: Final = 3  # a driver may be erased between two looks, again and again


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """One face of a picture, and who it is.

    Attributes:
        search: The gallery's answer, best driver first.
        decision: Whether the best one is taken.
        driver: The driver; None for an unknown face.
    """

    face: Face
    search: GallerySearch
    decision: Decision
    driver: DriverRecord | None


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """A face held against one driver.

    Attributes:
        similarity: Cosine to the driver's template, [-1, 1].
        threshold: From which it is a match.
        valid: Whether the driver counts at this time.
        faces: How many faces the picture shows; the largest was compared.
    """

    face: Face
    driver: DriverRecord
    similarity: float
    threshold: float
    valid: bool
    faces: int

    @property
    def match(self) -> bool:
        """Whether the face is the driver's."""
        return self.similarity >= self.threshold


class DriverRecognition:
    """Identifies the faces of a picture (1:N) and verifies one driver (1:1). Stores nothing.

    Args:
        encode: The face encoder.
        gallery: The driver gallery.
        settings: Thresholds and margin.
    """

    def __init__(
        self, encode: FaceEncoding, gallery: DriverGallery, settings: GallerySettings
    ) -> None:
        self._encode = encode
        self._gallery = gallery
        self._settings = settings

    async def identify(self, picture: bytes, most: int | None = None) -> Sequence[Recognised]:
        """Say who the faces of a picture are, the largest first; none where there is no face.

        Args:
            picture: Encoded.
            most: Only the largest faces, so many; None takes all.

        Raises:
            UnreadablePicture, UnsupportedPicture, TooLarge: The picture cannot be used.
            Unavailable: Encoder or gallery cannot be reached.
        """
        faces = await self._encode(picture)
        return await all_of(map(self.recognise, faces[:most]))

    async def verify(self, driver_id: int, picture: bytes) -> Verified:
        """Hold the largest face of a picture against one driver.

        Raises:
            DriverNotFound: There is no such driver.
            NoComparableFace: The driver has no face that the running model can compare with.
            NoFaceFound: The picture shows no face.
            UnreadablePicture, UnsupportedPicture, TooLarge: The picture cannot be used.
            Unavailable: Encoder or gallery cannot be reached.
        """
        driver = await self._gallery.directory.get(driver_id)
        faces = await self._encode(picture)
        if not faces:
            raise NoFaceFound("the picture shows no face, send one that shows the driver's face")
        # A search has the gallery follow the encoder to its model, the template does not.
        _, template = await asyncio.gather(
            self._gallery.search(faces[0].embedding, faces[0].model_id),
            self._gallery.directory.template(driver_id, faces[0].model_id),
        )
        if template is None:
            raise NoComparableFace(
                f"driver {driver_id} has no face of the running model, add a photo of the driver",
                {"driver_id": driver_id},
            )
        return Verified(
            face=faces[0],
            driver=driver,
            similarity=min(1.0, max(-1.0, float(faces[0].embedding @ template))),
            threshold=self._settings.verify_threshold,
            valid=driver.details.valid_at(datetime.now(UTC)),
            faces=len(faces),
        )

    async def recognise(self, face: Face) -> Recognised:
        """Say who a face is that was found before.

        Raises:
            Unavailable: The gallery cannot be reached.
        """
        for _ in range(_LOOKS):
            search = await self._gallery.search(face.embedding, face.model_id)
            decision = decide(search, self._settings)
            if decision.driver_id is None:
                return Recognised(face, search, decision, None)
            try:
                driver = await self._record(search, decision.driver_id)
            except DriverNotFound:
                continue  # erased since the search
            if driver.details.valid_at(datetime.now(UTC)):
                return Recognised(face, search, decision, driver)
            outside = replace(decision, driver_id=None, reason=UnknownReason.OUTSIDE_VALIDITY)
            return Recognised(face, search, outside, None)
        raise Unavailable("drivers are being erased, try again shortly")

    async def _record(self, search: GallerySearch, driver_id: int) -> DriverRecord:
        if search.nearest is not None and search.nearest.driver_id == driver_id:
            return search.nearest
        return await self._gallery.directory.get(driver_id)
