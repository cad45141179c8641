"""From a picture to a driver: identification and registration."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from configs.settings import GallerySettings
from pipelines.drivers.decision import decide
from pipelines.drivers.face_encoding import FaceEncoding, NamedPicture, faces_of_each
from pipelines.drivers.gallery import CropStore, DriverGallery
from pipelines.drivers.registration import Enrolment
from pipelines.errors import DriverNotFound, InvalidRequest, NoFaceFound, NotEnoughFaces
from pipelines.imaging import encode_jpeg
from pipelines.storage.crop_names import driver_owner
from pipelines.types import Face, GallerySearch

NO_FACE = "can not detect face from image"


@dataclass(frozen=True, slots=True, eq=False)
class Identification:
    """Who a face belongs to, and why.

    Attributes:
        face: The largest face of the picture.
        search: The gallery's answer.
        driver_id: The driver, or None where nobody is close enough, two are too alike, or the
            driver does not count at this time.
        similarity: Cosine to the best driver, [-1, 1]; None with an empty gallery.
        second_similarity: Cosine to the second driver; None where there is none.
        threshold: Least similarity for a gallery of this size.
        crop_path: The stored crop; None for an unknown face, as strangers are not kept.
    """

    face: Face
    search: GallerySearch
    driver_id: int | None
    similarity: float | None
    second_similarity: float | None
    threshold: float
    crop_path: str | None


class Drivers:
    """Identifies and registers drivers.

    Args:
        encode: The face encoder.
        gallery: The driver gallery.
        enrolment: Writes registrations.
        crops: Where display crops go.
        settings: Thresholds, margin and the faces that a new driver needs.
    """

    def __init__(
        self,
        encode: FaceEncoding,
        gallery: DriverGallery,
        enrolment: Enrolment,
        crops: CropStore,
        settings: GallerySettings,
    ) -> None:
        self._encode = encode
        self._gallery = gallery
        self._crops = crops
        self._enrolment = enrolment
        self._settings = settings

    async def identify(self, picture: bytes) -> Identification:
        """Say whose the largest face is.

        Args:
            picture: Encoded picture.

        Raises:
            NoFaceFound: The picture shows no face.
            UnreadablePicture: The bytes cannot be decoded.
            Unavailable: The gallery or the crop store cannot be reached.
        """
        faces = await self._encode(picture)
        if not faces:
            raise NoFaceFound(NO_FACE)
        search = await self._gallery.search(faces[0].embedding, faces[0].model_id)
        decision = decide(search, self._settings)
        crop_path = None
        if decision.driver_id is not None:
            crop_path = await self._kept(faces[0], decision.driver_id)
        return Identification(
            face=faces[0],
            search=search,
            driver_id=None if crop_path is None else decision.driver_id,
            similarity=decision.similarity,
            second_similarity=decision.second_similarity,
            threshold=decision.threshold,
            crop_path=crop_path,
        )

    async def register(self, pictures: Sequence[NamedPicture], driver_id: int | None = None) -> int:
        """Enrol a new driver, or add faces to a known one: all of the request or nothing.

        The largest face of each picture is the driver's. A driver who is already enrolled and is
        enrolled again as a new one is accepted, though both are then too alike to be recognised;
        the gallery's log warns of it and names both.

        Args:
            pictures: What the caller sent.
            driver_id: A known driver, or None for a new one.

        Returns:
            The driver's id.

        Raises:
            InvalidRequest: Fewer pictures than a registration needs.
            NotEnoughFaces: Too few pictures of a new driver show a face.
            NoFaceFound: No picture for a known driver shows a face.
            UnreadablePicture: One of the pictures cannot be decoded.
            DriverNotFound: There is no such driver.
            Unavailable: The gallery or the crop store cannot be reached.
        """
        if driver_id is None and len(pictures) < self._settings.min_images:
            raise InvalidRequest(
                f"register new face with at least {self._settings.min_images} images"
            )
        found = await faces_of_each(self._encode, pictures)
        faces = [of_picture[0] for of_picture in found if of_picture]
        self._check_enough(pictures, found, driver_id)
        return await self._enrolment.enrol(driver_id, faces)

    async def _kept(self, face: Face, driver_id: int) -> str | None:
        """Store the crop of a recognised driver; None where the driver does not count now.

        The driver is looked up when the crop is there: an erasure that comes later finds it.
        """
        jpeg = await asyncio.to_thread(encode_jpeg, face.crop)
        path = await self._crops.save("faces", jpeg, driver_owner(driver_id))
        try:
            record = await self._gallery.directory.get(driver_id)
        except DriverNotFound:
            await self._crops.remove_of(driver_owner(driver_id))
            return None
        if record.details.valid_at(datetime.now(UTC)):
            return path
        if path:
            await self._crops.remove(path)
            await self._crops.release(driver_owner(driver_id), [path])
        return None

    def _check_enough(
        self,
        pictures: Sequence[NamedPicture],
        found: Sequence[tuple[Face, ...]],
        driver_id: int | None,
    ) -> None:
        count = sum(1 for faces in found if faces)
        if driver_id is not None:
            if count == 0:
                raise NoFaceFound(NO_FACE)
        elif count < self._settings.min_images:
            names = [
                picture.name for picture, faces in zip(pictures, found, strict=True) if not faces
            ]
            raise NotEnoughFaces(
                not_enough_faces_message(count, names, self._settings.min_images),
                {"found": count, "without_face": names},
            )


def not_enough_faces_message(found: int, without_face: Sequence[str], min_images: int = 3) -> str:
    """The sentence of the face routes for a registration that is short of faces.

    Args:
        found: Pictures that show a face.
        without_face: Names of those that show none.
        min_images: Faces that a new driver needs.
    """
    return (
        f"registering new user requires at least {min_images} images containing user's face. "
        f"Only {found} images contain the user's face, "
        f"please re-register image {', '.join(without_face)} with another image."
    )
