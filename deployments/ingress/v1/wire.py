"""What the /v1 routes answer, as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from deployments.ingress.wire import Wire
from pipelines.drivers.enrolment import Enrolled
from pipelines.drivers.photos import Photo
from pipelines.drivers.rejections import RejectReason
from pipelines.gallery.driver_records import DriverRecord
from pipelines.gallery.records import StoredFace
from pipelines.types import Box, FaceQuality

Share = Annotated[float, AfterValidator(lambda value: round(value, 4))]
"""A score or a cosine, to the digits that mean something."""

Measure = Annotated[float, AfterValidator(lambda value: round(value, 1))]
"""Pixels, degrees or grey levels."""


class Driver(Wire):
    """An enrolled driver."""

    id: int = Field(examples=[7])
    name: str | None = Field(examples=["Ann Example"])
    external_id: str | None = Field(examples=["fleet-0042"])
    notes: str | None = Field(examples=["Night shift"])
    valid_from: AwareDatetime | None = Field(examples=["2026-01-01T00:00:00Z"])
    valid_until: AwareDatetime | None = Field(
        examples=[None], description="Exclusive; null: for ever."
    )
    valid: bool = Field(
        examples=[True], description="Whether the driver counts now, by the two dates."
    )
    version: int = Field(
        examples=[1],
        description="Rises with every change; in quotes it is good for `If-Match`.",
    )
    created_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])
    updated_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])
    face_count: int = Field(examples=[3], description="Faces that the running model can search.")

    @classmethod
    def of(cls, record: DriverRecord) -> Self:
        """A stored driver, as of now."""
        details = record.details
        return cls(
            id=record.driver_id,
            name=details.name,
            external_id=details.external_id,
            notes=details.notes,
            valid_from=details.valid_from,
            valid_until=details.valid_until,
            valid=details.valid_at(datetime.now(UTC)),
            version=record.version,
            created_at=record.created_at,
            updated_at=record.updated_at,
            face_count=record.face_count,
        )


class DriverList(Wire):
    """A page of drivers in the order of their ids."""

    drivers: list[Driver]
    next_cursor: str | None = Field(
        examples=["Ny5lM2IwYzQ0Mg"], description="For the next page; null on the last one."
    )


class Quality(Wire):
    """How usable a face is."""

    size_px: Measure = Field(examples=[118.4], description="Shorter side of the face.")
    sharpness: Measure = Field(
        examples=[412.7], description="Variance of the Laplacian of the aligned face."
    )
    brightness: Measure = Field(examples=[131.0], description="Mean of the grey face, 0 to 255.")
    yaw: Measure = Field(examples=[-3.1], description="Degrees; 0 looks into the camera.")
    pitch: Measure = Field(examples=[4.6], description="Degrees; 0 looks into the camera.")
    roll: Measure = Field(examples=[0.8], description="Degrees; 0 is level.")

    @classmethod
    def of(cls, quality: FaceQuality) -> Self:
        """The measures, in wire form."""
        return cls(
            size_px=quality.size_px,
            sharpness=quality.sharpness,
            brightness=quality.brightness,
            yaw=quality.yaw,
            pitch=quality.pitch,
            roll=quality.roll,
        )


class PhotoOutcome(Wire):
    """What became of one photo."""

    name: str = Field(examples=["front.jpg"])
    outcome: Literal["taken", "rejected"] = Field(examples=["taken"])
    face_id: int | None = Field(
        examples=[19],
        description="The stored face, also of a photo that the driver has already; null if none.",
    )
    quality: Quality | None = Field(description="Of the largest face; null without one.")
    reason: RejectReason | None = Field(default=None, examples=[None])
    message: str | None = Field(default=None, description="What is wrong and what to do.")
    measured: Share | None = Field(default=None, description="In the unit of `limit`.")
    limit: Share | None = Field(default=None, description="The setting it is held against.")

    @classmethod
    def of(cls, photo: Photo) -> Self:
        """A judged photo, in wire form."""
        rejection = photo.rejection
        return cls(
            name=photo.name,
            outcome="taken" if rejection is None else "rejected",
            face_id=photo.face_id,
            quality=Quality.of(photo.face.quality) if photo.face else None,
            reason=rejection.reason if rejection else None,
            message=rejection.message if rejection else None,
            measured=rejection.measured if rejection else None,
            limit=rejection.limit if rejection else None,
        )


class EnrolledDriver(Wire):
    """A driver after photos were enrolled."""

    driver: Driver
    photos: list[PhotoOutcome] = Field(description="One a photo, in the order sent.")

    @classmethod
    def of(cls, enrolled: Enrolled) -> Self:
        """A registration, in wire form."""
        return cls(
            driver=Driver.of(enrolled.record), photos=list(map(PhotoOutcome.of, enrolled.photos))
        )


class DriverFace(Wire):
    """One enrolled face."""

    id: int = Field(examples=[19])
    score: Share = Field(examples=[0.93], description="Detector confidence, 0 to 1.")
    quality_score: Share = Field(
        examples=[0.81], description="Rank among the driver's faces, 0 to 1."
    )
    quality: Quality
    searchable: bool = Field(
        examples=[True], description="Whether the running model has a vector of it."
    )
    image_path: str | None = Field(
        examples=["static/images/faces/20261122_043000_OSEJS4_face.jpg"],
        description="Of the stored crop; null where no picture is kept.",
    )
    created_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])

    @classmethod
    def of(cls, face: StoredFace) -> Self:
        """A stored face, in wire form."""
        return cls(
            id=face.face_id,
            score=face.score,
            quality_score=face.quality_score,
            quality=Quality.of(face.quality),
            searchable=face.searchable,
            image_path=face.crop_key or None,
            created_at=face.created_at,
        )


class DriverFaces(Wire):
    """A driver's faces, the best to look at first."""

    faces: list[DriverFace]


class FaceBox(Wire):
    """A rectangle in pixels of the upright picture; x2 and y2 exclusive."""

    x1: Measure = Field(examples=[172.0])
    y1: Measure = Field(examples=[61.5])
    x2: Measure = Field(examples=[270.2])
    y2: Measure = Field(examples=[192.0])

    @classmethod
    def of(cls, box: Box) -> Self:
        """A box, in wire form."""
        return cls(x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2)
