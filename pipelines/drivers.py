"""From a picture to a driver: identification and registration."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from configs.settings import GallerySettings
from pipelines.enrolment import CropStore, DriverGallery, Enrolment, all_of
from pipelines.errors import InvalidRequest, NoFaceFound, NotEnoughFaces
from pipelines.gallery.thresholds import threshold_for
from pipelines.imaging import encode_jpeg
from pipelines.types import Face, GallerySearch

NO_FACE = "can not detect face from image"

# One request may not fill the encoder's queue, whose overflow would refuse it half-way.
_ENCODED_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """An encoded picture and the name that its sender gave it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Identification:
    """Who a face belongs to, and why.

    Attributes:
        face: The largest face of the picture.
        search: The gallery's answer.
        driver_id: The driver, or None where nobody is close enough, or two are too alike.
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


class FaceEncoding(Protocol):
    """Finds the faces of an encoded picture, largest first; raises UnreadablePicture."""

    async def __call__(self, picture: bytes, /) -> tuple[Face, ...]: ...


class Drivers:
    """Identifies and registers drivers.

    Args:
        encode: The face encoder.
        gallery: The driver gallery.
        crops: Where display crops go.
        settings: Thresholds, margin and the faces that a new driver needs.
    """

    def __init__(
        self,
        encode: FaceEncoding,
        gallery: DriverGallery,
        crops: CropStore,
        settings: GallerySettings,
    ) -> None:
        self._encode = encode
        self._gallery = gallery
        self._crops = crops
        self._enrolment = Enrolment(gallery, crops)
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
        threshold = threshold_for(search.gallery_size, self._settings.thresholds)
        driver_id = self._decided(search, threshold)
        similarities = [match.similarity for match in search.matches]
        return Identification(
            face=faces[0],
            search=search,
            driver_id=driver_id,
            similarity=similarities[0] if similarities else None,
            second_similarity=similarities[1] if len(similarities) > 1 else None,
            threshold=threshold,
            crop_path=None if driver_id is None else await self._save(faces[0]),
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
        turns = asyncio.Semaphore(_ENCODED_AT_ONCE)

        async def faces_of(picture: NamedPicture) -> tuple[Face, ...]:
            async with turns:
                return await self._encode(picture.data)

        found = await all_of(map(faces_of, pictures))
        faces = [of_picture[0] for of_picture in found if of_picture]
        self._check_enough(pictures, found, driver_id)
        return await self._enrolment.enrol(driver_id, faces)

    async def settled(self) -> None:
        """Wait until the crops of every registration that failed so far are seen to."""
        await self._enrolment.settled()

    async def _save(self, face: Face) -> str:
        return await self._crops.save("faces", await asyncio.to_thread(encode_jpeg, face.crop))

    def _decided(self, search: GallerySearch, threshold: float) -> int | None:
        if not search.matches or search.matches[0].similarity < threshold:
            return None
        lead = [search.matches[0].similarity - match.similarity for match in search.matches[1:2]]
        if lead and lead[0] < self._settings.margin:
            return None
        return search.matches[0].driver_id

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
