"""What the gate answers, as JSON."""

from typing import Self

from pydantic import Field

from deployments.ingress.v1.answered import Answered
from deployments.ingress.v1.plate_wire import ReadPlate
from deployments.ingress.v1.recognition_wire import IdentifiedFace
from deployments.ingress.v1.vehicle_wire import Vehicle
from deployments.ingress.v1.wire import Share
from deployments.ingress.wire import Wire
from pipelines.gate_reasons import GateDecision, GateReason, ReasonCode
from pipelines.plate_matching.outcome import MatchReason
from pipelines.vehicles.match import VehicleMatch


class Reason(Wire):
    """Why a gate decides as it does."""

    code: ReasonCode = Field(examples=["driver_not_allowed"])
    decision: GateDecision = Field(examples=["deny"], description="What it speaks for.")
    message: str = Field(examples=["the driver is known, but may not drive the vehicle"])

    @classmethod
    def of(cls, reason: GateReason) -> Self:
        """A reason in wire form."""
        return cls(code=reason.code, decision=reason.decision, message=reason.message)


class Match(Wire):
    """The plate held against those of the known vehicles."""

    reason: MatchReason = Field(
        examples=["matched"],
        description="`matched` with one vehicle, `not_known` as any, or `alike` to several.",
    )
    raw_text: str = Field(examples=["30A1Z345"], description="As the reader saw the plate.")
    text: str | None = Field(
        examples=["30A12345"],
        description="Plate of the likeliest known vehicle, matched or not; null without any.",
    )
    vehicle_id: int | None = Field(examples=[12], description="Of the likeliest known vehicle.")
    probability: Share = Field(
        examples=[0.98], description="That it is this vehicle, where half of those who come are."
    )
    second_probability: Share = Field(
        examples=[0.001], description="That it is the second known vehicle."
    )
    exact: bool = Field(
        examples=[False], description="Whether the plate was read as it is, letter by letter."
    )

    @classmethod
    def of(cls, match: VehicleMatch, raw_text: str) -> Self:
        """A match in wire form."""
        vehicle, found = match.vehicle, match.match
        return cls(
            reason=found.reason,
            raw_text=raw_text,
            text=vehicle.details.plate if vehicle else None,
            vehicle_id=vehicle.vehicle_id if vehicle else None,
            probability=found.probability,
            second_probability=found.second_probability,
            exact=found.exact,
        )


class GateAnswer(Answered):
    """Whether a vehicle and its driver may go in."""

    decision: GateDecision = Field(
        examples=["allow"],
        description="`deny` where one reason speaks for it, else `ask` where one does, else "
        "`allow`.",
    )
    reasons: list[Reason] = Field(description="Those of the vehicle, then those of the driver.")
    vehicle: Vehicle | None = Field(description="The known vehicle; null where none is matched.")
    match: Match | None = Field(description="Null where no plate could be read.")
    plate: ReadPlate | None = Field(description="The nearest vehicle's; null without one.")
    plates: int = Field(examples=[1], description="Plates of the picture.")
    face: IdentifiedFace | None = Field(description="The largest, and whose; null without one.")
    faces: int = Field(examples=[1], description="Faces of the picture.")
    event_id: int | None = Field(
        default=None,
        examples=[12],
        description="The event that was stored; null where the store did not take it in time.",
    )
