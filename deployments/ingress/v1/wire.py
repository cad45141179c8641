"""What the /v1 routes answer, as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from deployments.ingress.v1.answered import Answered, in_base64
from deployments.ingress.wire import Wire
from pipelines.drivers.decision import UnknownReason
from pipelines.drivers.enrolment import Enrolled
from pipelines.drivers.photos import Photo
from pipelines.drivers.recognition import Recognised, Verified
from pipelines.drivers.rejections import RejectReason
from pipelines.gallery.driver_records import DriverRecord
from pipelines.gallery.records import StoredFace
from pipelines.types import Box, FaceQuality

Share = Annotated[float, AfterValidator(lambda value: round(value, 4))]
"""A score or a cosine, to the digits that mean something."""

Measure = Annotated[float, AfterValidator(lambda value: round(value, 1))]
"""Pixels, degrees or grey levels."""

_SIMILARITY = "Cosine similarity, -1 to 1; higher is closer."


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
    version: int = Field(examples=[1], description="Rises with every change; also the `ETag`.")
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


class Verification(Wire):
    """A face held against one driver."""

    driver_id: int = Field(examples=[7])
    match: bool = Field(
        examples=[True],
        description="`similarity` reaches `threshold`, also for a driver who does not count now.",
    )
    similarity: Share = Field(examples=[0.83], description=_SIMILARITY)
    threshold: Share = Field(examples=[0.42], description="Setting gallery.verify_threshold.")
    valid: bool = Field(
        examples=[True], description="Whether the driver counts now; let in on match and valid."
    )
    faces: int = Field(
        examples=[1],
        description="Faces of the picture. The largest was compared: above 1 it may be another "
        "person's who stands closer.",
    )
    box: FaceBox
    score: Share = Field(examples=[0.93], description="Detector confidence, 0 to 1.")
    quality: Quality

    @classmethod
    def of(cls, verified: Verified) -> Self:
        """A verification, in wire form."""
        return cls(
            driver_id=verified.driver.driver_id,
            match=verified.match,
            similarity=verified.similarity,
            threshold=verified.threshold,
            valid=verified.valid,
            faces=verified.faces,
            box=FaceBox.of(verified.face.box),
            score=verified.face.score,
            quality=Quality.of(verified.face.quality),
        )


class Candidate(Wire):
    """An enrolled driver near a face."""

    driver_id: int = Field(examples=[7])
    similarity: Share = Field(examples=[0.83], description=_SIMILARITY)


class IdentifiedFace(Wire):
    """One face of a picture, and whose it is."""

    decision: Literal["driver", "unknown"] = Field(examples=["driver"])
    driver: Driver | None = Field(description="Null where the decision is unknown.")
    reason: UnknownReason | None = Field(
        examples=[None], description="Why the face is unknown; null for a driver."
    )
    similarity: Share | None = Field(
        examples=[0.83], description="To the best driver; null with an empty gallery."
    )
    second_similarity: Share | None = Field(
        examples=[0.21], description="To the second driver; null where there is none."
    )
    threshold: Share = Field(examples=[0.46], description="Least similarity at this gallery size.")
    margin: float = Field(examples=[0.05], description="Least lead over the second driver.")
    gallery_size: int = Field(examples=[48], description="Drivers searched.")
    sequence: int = Field(
        examples=[131], description="Change of the gallery that the answer is at least as new as."
    )
    candidates: list[Candidate] = Field(description="Nearest drivers, the best first.")
    box: FaceBox
    score: Share = Field(examples=[0.93], description="Detector confidence, 0 to 1.")
    quality: Quality
    crop: str | None = Field(
        default=None,
        examples=[None],
        description="The face, a JPEG in base64; null unless `return_crops`.",
    )

    @classmethod
    def of(cls, found: Recognised, top_k: int, crop: bytes | None = None) -> Self:
        """A recognised face, in wire form, with so many candidates and maybe a JPEG of it."""
        decision = found.decision
        return cls(
            decision="driver" if found.driver else "unknown",
            driver=Driver.of(found.driver) if found.driver else None,
            reason=decision.reason,
            similarity=decision.similarity,
            second_similarity=decision.second_similarity,
            threshold=decision.threshold,
            margin=decision.margin,
            gallery_size=found.search.gallery_size,
            sequence=found.search.sequence,
            candidates=[
                Candidate(driver_id=match.driver_id, similarity=match.similarity)
                for match in found.search.matches[:top_k]
            ],
            box=FaceBox.of(found.face.box),
            score=found.face.score,
            quality=Quality.of(found.face.quality),
            crop=in_base64(crop),
        )


class IdentifiedFaces(Answered):
    """The faces of a picture, the largest first; empty where there is none."""

    faces: list[IdentifiedFace]
