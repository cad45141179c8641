"""Enrolling drivers by photos that are judged one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from configs.settings import Settings
from pipelines.drivers.face_encoding import (
    FaceEncoding,
    Looked,
    NamedPicture,
    looks_at_each,
)
from pipelines.drivers.gallery import NO_DETAILS, DriverGallery
from pipelines.drivers.photo_judging import (
    judge_each,
    judge_person,
    reject_copies,
    reject_known,
)
from pipelines.drivers.photos import Photo, facts, usable, with_ids
from pipelines.drivers.registration import Enrolment, RequestKey
from pipelines.drivers.tilts import TiltSearch
from pipelines.drivers.twins import TwinSearch
from pipelines.errors import (
    AlreadyEnrolled,
    DriverNotFound,
    NotEnoughFaces,
    Unavailable,
)
from pipelines.gallery.driver_records import DriverDetails, DriverRecord
from pipelines.gallery.records import FACE_MODEL_CHANGING
from pipelines.types import Face

_LOOKS: Final = 3  # others may enrol look-alikes between two of them, again and again


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A driver after a registration.

    Attributes:
        photos: One a picture, in order.
        repeated: Whether nothing was written now: the request had been answered before, or the
            driver has its photos.
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
        self._min_images = settings.gallery.min_images
        self._tilts = TiltSearch(encode, settings.enrolment)
        self._twins = TwinSearch(gallery, settings)

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
            Unavailable: Encoder, gallery or crop store cannot be reached.
        """
        found = await self._looked_at(pictures)
        repeated = await self._enrolled_before(request, found)
        photos = judge_person(await self._judged(pictures, found), self._checks, None)
        if repeated is not None:
            return await self._answer(repeated, photos, repeated=True)
        taken = self._taken(photos, self._min_images)
        try:
            judged = await self._twins.refuse(taken, allowed=allow_twin)
            driver_id = await self._enrolment.enrol(None, taken, details, request, judged)
        except AlreadyEnrolled as error:
            # Perhaps by this very request, which was sent twice at once.
            repeated = await self._enrolled_before(request, found)
            if repeated is not None:
                return await self._answer(repeated, photos, repeated=True)
            message = f"{error}, or ask with ?allow_twin=true"
            raise AlreadyEnrolled(message, error.extra) from error
        return await self._answer(driver_id, photos, repeated=False)

    async def add(
        self,
        driver_id: int,
        pictures: Sequence[NamedPicture],
        allow_twin: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolled:
        """Add photos to a driver: those that show the driver and nobody else who is enrolled.

        Photos that the driver has are not stored again, and where nothing else can be added that
        is no error: the caller has what was asked for.

        Args:
            driver_id: The driver.
            pictures: The photos.
            allow_twin: Take a face that is another driver's all the same.
            request: The same one again adds nothing and answers as the first did.

        Raises:
            NotEnoughFaces: No photo can be used; nothing is stored.
            DriverNotFound: There is no such driver.
            IdempotencyKeyReused: The key came with another request.
            Unavailable: Encoder, gallery or crop store cannot be reached.
        """
        directory = self._gallery.directory
        await directory.get(driver_id)
        found = await self._looked_at(pictures)
        sent = await self._judged(pictures, found)
        faces = [photo.face for photo in sent if photo.face]
        vectors, model_id = [face.embedding for face in faces], faces[0].model_id if faces else None
        for _ in range(_LOOKS):
            likeness = await directory.likeness(driver_id, vectors, model_id)
            # Asked after it: the driver may have photos by this very request, sent twice at once.
            repeated = await self._enrolled_before(request, found)
            if repeated is not None:
                photos = judge_person(sent, self._checks, likeness.template)
                return await self._answer(repeated, photos, repeated=True)
            photos = reject_known(sent, likeness.same_photo)
            photos = judge_person(photos, self._checks, likeness.template)
            photos, judged = await self._twins.judge(driver_id, photos, allowed=allow_twin)
            if not usable(photos) and any(photo.face_id for photo in photos):
                return await self._answer(driver_id, photos, repeated=True)
            taken = self._taken(photos, 1)
            try:
                await self._enrolment.enrol(driver_id, taken, NO_DETAILS, request, judged)
            except AlreadyEnrolled:
                continue  # by another request, since the look
            return await self._answer(driver_id, photos, repeated=False)
        raise Unavailable("this face is being enrolled by others too, try again shortly")

    async def settled(self) -> None:
        """Wait until the crops of every registration so far are seen to."""
        await self._enrolment.settled()

    async def _looked_at(self, pictures: Sequence[NamedPicture]) -> list[Looked]:
        found = await looks_at_each(self._encode, pictures)
        if len({face.model_id for face in _faces_in(found)}) > 1:
            raise Unavailable(FACE_MODEL_CHANGING)
        return found

    async def _judged(
        self, pictures: Sequence[NamedPicture], found: Sequence[Looked]
    ) -> list[Photo]:
        """What is wrong with each photo, whoever it shows."""
        return reject_copies(await self._tilts.judge(judge_each(pictures, found, self._checks)))

    async def _enrolled_before(
        self, request: RequestKey | None, found: Sequence[Looked]
    ) -> int | None:
        face = next(_faces_in(found), None)
        if request is None or face is None:
            return None
        return await self._enrolment.enrolled_by(request, face)

    def _taken(self, photos: Sequence[Photo], needed: int) -> list[Face]:
        taken = usable(photos)
        if len(taken) >= needed:
            return taken
        raise NotEnoughFaces(
            _too_few(len(taken), len(photos), needed),
            {"usable": len(taken), "needed": needed, "photos": list(map(facts, photos))},
        )

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
        return Enrolled(record, with_ids(photos, stored), repeated)


def _faces_in(found: Sequence[Looked]) -> Iterator[Face]:
    return (face for looked in found if isinstance(looked, tuple) for face in looked)


def _too_few(usable: int, sent: int, needed: int) -> str:
    counted, rest = f"{usable} of {sent} photos can be used", "the others"
    if usable == 0:
        counted, rest = f"none of the {sent} photos can be used", "them"
        if sent == 1:
            counted, rest = "the photo cannot be used", "it"
    if needed > 1:
        counted += f", a new driver needs at least {needed}"
    if usable == sent:
        return f"{counted}: send more"
    return f"{counted}: details.photos says what is wrong with {rest}"
