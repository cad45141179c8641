"""Enrolling drivers by photos that are judged one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any, Final

import numpy as np

from configs.settings import Settings
from pipelines.drivers.enrolment_checks import Rejection, judge_photo, judge_together, judge_twin
from pipelines.drivers.face_encoding import FaceEncoding, NamedPicture, all_of, faces_of_each
from pipelines.drivers.gallery import NO_DETAILS, DriverGallery
from pipelines.drivers.registration import Enrolment, RequestKey
from pipelines.errors import (
    AlreadyEnrolled,
    BadInput,
    DriverNotFound,
    NotEnoughFaces,
    TooLarge,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails, DriverRecord
from pipelines.gallery.records import StoredFace
from pipelines.gallery.store import FACE_MODEL_CHANGING
from pipelines.types import Face, Vector

_SAME_MEASURE: Final = 1e-3
"""Relative difference up to which two measures of one photo count as the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What became of one photo.

    Attributes:
        name: The sender's.
        face: The largest face; None where there is none.
        rejection: Why it was not taken; None for one that was.
        face_id: Of the stored face; None where it was not taken, or is there no more.
    """

    name: str
    face: Face | None
    rejection: Rejection | None
    face_id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A driver after a registration.

    Attributes:
        photos: One a picture, in order.
        repeated: Whether the request had been answered before, so that nothing was written now.
    """

    record: DriverRecord
    photos: tuple[Photo, ...]
    repeated: bool


class DriverEnrolment:
    """Enrols drivers and adds photos to them: good photos of one person, once, for one driver.

    Args:
        encode: The face encoder.
        gallery: The driver gallery.
        enrolment: Writes registrations.
        settings: The settings tree.
    """

    def __init__(
        self,
        encode: FaceEncoding,
        gallery: DriverGallery,
        enrolment: Enrolment,
        settings: Settings,
    ) -> None:
        self._encode = encode
        self._gallery = gallery
        self._enrolment = enrolment
        self._checks = settings.enrolment
        self._settings = settings.gallery

    async def create(
        self,
        pictures: Sequence[NamedPicture],
        details: DriverDetails,
        allow_twin: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolled:
        """Enrol a new driver.

        Args:
            pictures: The photos.
            details: What is said of the driver.
            allow_twin: Take a face that is an enrolled driver's all the same.
            request: The same one again enrols nothing and answers the driver of the first.

        Raises:
            NotEnoughFaces: Fewer good photos than a new driver needs; nothing is stored.
            AlreadyEnrolled: The face is an enrolled driver's; nothing is stored.
            ExternalIdTaken: Another driver has this external id.
            IdempotencyKeyReused: The key came with another request.
            DriverNotFound: The driver that this request enrolled before is erased.
            UnreadablePicture, UnsupportedPicture, TooLarge: A picture cannot be used.
            Unavailable: Encoder, gallery or crop store cannot be reached.
        """
        found = await self._faces(pictures)
        repeated = await self._enrolled_before(request, found)
        photos = self._judged(pictures, found, None)
        if repeated is not None:
            return await self._answer(repeated, photos, repeated=True)
        taken = self._taken(photos, self._settings.min_images)
        if not allow_twin:
            await self._refuse_twin(taken)
        driver_id = await self._enrolment.enrol(None, taken, details, request)
        return await self._answer(driver_id, photos, repeated=False)

    async def add(
        self,
        driver_id: int,
        pictures: Sequence[NamedPicture],
        allow_twin: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolled:
        """Add photos to a driver: those that show the driver and nobody else who is enrolled.

        Args:
            driver_id: The driver.
            pictures: The photos.
            allow_twin: Take a face that is another driver's all the same.
            request: The same one again adds nothing and answers as the first did.

        Raises:
            NotEnoughFaces: No photo can be used; nothing is stored.
            DriverNotFound: There is no such driver.
            IdempotencyKeyReused: The key came with another request.
            UnreadablePicture, UnsupportedPicture, TooLarge: A picture cannot be used.
            Unavailable: Encoder, gallery or crop store cannot be reached.
        """
        directory = self._gallery.directory
        await directory.get(driver_id)
        found = await self._faces(pictures)
        repeated = await self._enrolled_before(request, found)
        model_id = next((faces[0].model_id for faces in found if faces), None)
        template = await directory.template(driver_id, model_id)
        photos = self._judged(pictures, found, template)
        if repeated is not None:
            return await self._answer(repeated, photos, repeated=True)
        if not allow_twin:
            photos = await all_of(self._unless_another(driver_id, photo) for photo in photos)
        taken = self._taken(photos, 1)
        await self._enrolment.enrol(driver_id, taken, NO_DETAILS, request)
        return await self._answer(driver_id, photos, repeated=False)

    async def settled(self) -> None:
        """Wait until the crops of every registration so far are seen to."""
        await self._enrolment.settled()

    async def _faces(self, pictures: Sequence[NamedPicture]) -> list[tuple[Face, ...]]:
        try:
            found = await faces_of_each(self._encode, pictures)
        except (BadInput, TooLarge) as error:
            raise type(error)(f"{error.extra['name']}: {error}", error.extra) from error
        if len({face.model_id for faces in found for face in faces}) > 1:
            raise Unavailable(FACE_MODEL_CHANGING)
        return found

    async def _enrolled_before(
        self, request: RequestKey | None, found: Sequence[tuple[Face, ...]]
    ) -> int | None:
        face = next((faces[0] for faces in found if faces), None)
        if request is None or face is None:
            return None
        return await self._enrolment.enrolled_by(request, face)

    def _judged(
        self,
        pictures: Sequence[NamedPicture],
        found: Sequence[tuple[Face, ...]],
        template: Vector | None,
    ) -> list[Photo]:
        photos = [
            Photo(picture.name, faces[0] if faces else None, judge_photo(faces, self._checks))
            for picture, faces in zip(pictures, found, strict=True)
        ]
        usable = [place for place, photo in enumerate(photos) if photo.rejection is None]
        embeddings = [found[place][0].embedding for place in usable]
        verdicts = judge_together(embeddings, self._checks, template)
        for place, verdict in zip(usable, verdicts, strict=True):
            photos[place] = replace(photos[place], rejection=verdict)
        return photos

    def _taken(self, photos: Sequence[Photo], needed: int) -> list[Face]:
        taken = [photo.face for photo in photos if photo.face and photo.rejection is None]
        if len(taken) >= needed:
            return taken
        who = "a new driver needs" if needed > 1 else "the driver needs"
        faulty = len(taken) < len(photos)
        advice = "details.photos says what is wrong with the others" if faulty else "send more"
        raise NotEnoughFaces(
            f"{len(taken)} of {len(photos)} photos can be used, {who} at least {needed}: {advice}",
            {"usable": len(taken), "needed": needed, "photos": list(map(_facts, photos))},
        )

    async def _refuse_twin(self, faces: Sequence[Face]) -> None:
        total = np.sum([face.embedding for face in faces], axis=0)
        template = np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)
        search = await self._gallery.search(template, faces[0].model_id)
        twin = judge_twin(search, self._settings.thresholds, self._checks)
        if twin is not None:
            best = search.matches[0]
            raise AlreadyEnrolled(
                f"{twin.message}, or ask with ?allow_twin=true",
                {
                    "driver_id": best.driver_id,
                    "similarity": best.similarity,
                    "threshold": twin.limit,
                },
            )

    async def _unless_another(self, driver_id: int, photo: Photo) -> Photo:
        """The photo, rejected where it is likest to another driver and close enough to that one."""
        if photo.face is None or photo.rejection is not None:
            return photo
        search = await self._gallery.search(photo.face.embedding, photo.face.model_id)
        if search.matches and search.matches[0].driver_id == driver_id:
            return photo
        verdict = judge_twin(search, self._settings.thresholds, self._checks)
        return replace(photo, rejection=verdict)

    async def _answer(self, driver_id: int, photos: Sequence[Photo], *, repeated: bool) -> Enrolled:
        directory = self._gallery.directory
        try:
            record = await directory.get(driver_id)
            stored = await directory.faces(driver_id)
        except DriverNotFound as error:
            raise DriverNotFound(
                f"driver {driver_id}, whom this request enrolled, has been erased",
                {"driver_id": driver_id},
            ) from error
        return Enrolled(record, _with_ids(photos, stored), repeated)


def _with_ids(photos: Sequence[Photo], stored: Sequence[StoredFace]) -> tuple[Photo, ...]:
    """Find the stored face of each photo by its measures, the newest where several agree."""
    free = sorted(stored, key=lambda face: face.face_id, reverse=True)
    named: list[Photo] = []
    for photo in reversed(photos):
        own = next((face for face in free if _is_of(face, photo)), None)
        if own is not None:
            free.remove(own)
        named.append(replace(photo, face_id=own.face_id if own else None))
    return tuple(reversed(named))


def _is_of(stored: StoredFace, photo: Photo) -> bool:
    if photo.face is None or photo.rejection is not None:
        return False
    quality = photo.face.quality
    pairs = (
        (stored.score, photo.face.score),
        (stored.quality.size_px, quality.size_px),
        (stored.quality.sharpness, quality.sharpness),
        (stored.quality.brightness, quality.brightness),
    )
    return all(isclose(one, other, rel_tol=_SAME_MEASURE) for one, other in pairs)


def _facts(photo: Photo) -> dict[str, Any]:
    if photo.rejection is None:
        return {"name": photo.name, "outcome": "usable"}
    return {
        "name": photo.name,
        "outcome": "rejected",
        "reason": photo.rejection.reason.value,
        "message": photo.rejection.message,
        "measured": photo.rejection.measured,
        "limit": photo.rejection.limit,
    }
