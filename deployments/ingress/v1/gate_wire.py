"""What the gate answers, as JSON."""

from typing import Self

from pydantic import Field

from deployments.ingress.v1.answered import Answered
from deployments.ingress.v1.plate_wire import ReadPlate
from deployments.ingress.v1.recognition_wire import IdentifiedFace
from deployments.ingress.v1.wire import Share
from deployments.ingress.wire import Wire
from pipelines.gate_reasons import GateDecision, GateReason, ReasonCode
from pipelines.plate_matching.outcome import MatchReason
from pipelines.plate_text import written
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.records import VehicleList, VehicleRecord


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
        examples=["30A12345"], description="Plate of the vehicle; null where none is matched."
    )
    vehicle_id: int | None = Field(examples=[12], description="Null where none is matched.")
    probability: Share = Field(
        examples=[0.98],
        description="Of the likeliest known vehicle, where half of those who come are known.",
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
        vehicle, found = match.taken, match.match
        return cls(
            reason=found.reason,
            raw_text=raw_text,
            text=vehicle.details.plate if vehicle else None,
            vehicle_id=vehicle.vehicle_id if vehicle else None,
            probability=found.probability,
            second_probability=found.second_probability,
            exact=found.exact,
        )


class KnownVehicle(Wire):
    """What a gate tells of a vehicle: no more than a camera's key may know."""

    id: int = Field(examples=[12])
    plate: str = Field(examples=["30A12345"], description="Letters and digits alone.")
    formatted: str = Field(examples=["30A-123.45"], description="As the country writes it.")
    country: str | None = Field(
        examples=["VN"], description="ISO 3166-1 alpha-2 code; null where nobody said."
    )
    list: VehicleList = Field(examples=["allow"], description="What a gate does with it.")

    @classmethod
    def of(cls, record: VehicleRecord) -> Self:
        """A stored vehicle."""
        details = record.details
        return cls(
            id=record.vehicle_id,
            plate=details.plate,
            formatted=written(details.plate, details.country),
            country=details.country,
            list=details.list,
        )


class GateAnswer(Answered):
    """Whether a vehicle and its driver may go in."""

    decision: GateDecision = Field(
        examples=["allow"],
        description="`deny` where one reason speaks for it, else `ask` where one does, else "
        "`allow`.",
    )
    reasons: list[Reason] = Field(description="Those of the vehicle, then those of the driver.")
    vehicle: KnownVehicle | None = Field(
        description="The known vehicle; null where none is matched."
    )
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
