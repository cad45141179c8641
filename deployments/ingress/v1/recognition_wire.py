"""What the /v1 routes answer about recognised faces, as JSON."""

from typing import Final, Literal, Self

from pydantic import Field

from deployments.ingress.v1.answered import Answered, in_base64
from deployments.ingress.v1.event_recording import EVENT_ID
from deployments.ingress.v1.wire import Driver, FaceBox, Quality, Share
from deployments.ingress.wire import Wire
from pipelines.drivers.decision import UnknownReason
from pipelines.drivers.recognition import Recognised, Verified

_SIMILARITY: Final = "Cosine similarity, -1 to 1; higher is closer."


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
    event_id: int | None = Field(default=None, examples=[12], description=EVENT_ID)

    @classmethod
    def of(
        cls, found: Recognised, top_k: int, crop: bytes | None = None, event_id: int | None = None
    ) -> Self:
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
            event_id=event_id,
        )


class IdentifiedFaces(Answered):
    """The faces of a picture, the largest first; empty where there is none."""

    faces: list[IdentifiedFace]
