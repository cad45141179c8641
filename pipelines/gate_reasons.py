"""Why a gate decides as it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from configs.settings import GateSettings


class GateDecision(StrEnum):
    """What the barrier does: opens, stays shut, or waits for a person."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"


class ReasonCode(StrEnum):
    """What was seen."""

    VEHICLE_ALLOWED = "vehicle_allowed"
    VEHICLE_WATCHED = "vehicle_watched"
    VEHICLE_DENIED = "vehicle_denied"
    VEHICLE_MAY_BE_DENIED = "vehicle_may_be_denied"
    VEHICLE_NOT_VALID = "vehicle_not_valid"
    VEHICLE_UNKNOWN = "vehicle_unknown"
    VEHICLES_ALIKE = "vehicles_alike"
    PLATE_UNREADABLE = "plate_unreadable"
    NO_PLATE = "no_plate"
    SEVERAL_PLATES = "several_plates"
    DRIVER_ALLOWED = "driver_allowed"
    DRIVER_NOT_ALLOWED = "driver_not_allowed"
    DRIVER_NOT_VALID = "driver_not_valid"
    DRIVER_UNKNOWN = "driver_unknown"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"


@dataclass(frozen=True, slots=True)
class GateReason:
    """One reason.

    Attributes:
        decision: What it speaks for.
        message: A sentence for the person at the gate; it names nobody.
    """

    code: ReasonCode
    decision: GateDecision
    message: str


_ALLOW, _DENY, _ASK = GateDecision.ALLOW, GateDecision.DENY, GateDecision.ASK

_REASONS: Final[dict[ReasonCode, tuple[GateDecision, str]]] = {
    ReasonCode.VEHICLE_ALLOWED: (_ALLOW, "the vehicle is known and allowed"),
    ReasonCode.VEHICLE_WATCHED: (_ALLOW, "the vehicle is known and on the watch list"),
    ReasonCode.VEHICLE_DENIED: (_DENY, "the vehicle is on the deny list"),
    ReasonCode.VEHICLE_MAY_BE_DENIED: (_ASK, "the plate is like one on the deny list"),
    ReasonCode.VEHICLE_NOT_VALID: (_DENY, "the vehicle does not count at this time"),
    ReasonCode.VEHICLE_UNKNOWN: (_ASK, "the plate is not that of a known vehicle"),
    ReasonCode.VEHICLES_ALIKE: (_ASK, "the plate may be that of several known vehicles"),
    ReasonCode.PLATE_UNREADABLE: (_ASK, "a plate was found, but it cannot be read"),
    ReasonCode.NO_PLATE: (_ASK, "the picture shows no plate"),
    ReasonCode.SEVERAL_PLATES: (_ASK, "the picture shows several plates of about one size"),
    ReasonCode.DRIVER_ALLOWED: (_ALLOW, "the driver is known and may drive the vehicle"),
    ReasonCode.DRIVER_NOT_ALLOWED: (_DENY, "the driver is known, but may not drive the vehicle"),
    ReasonCode.DRIVER_NOT_VALID: (_DENY, "the driver does not count at this time"),
    ReasonCode.DRIVER_UNKNOWN: (_ASK, "the face is not that of a known driver"),
    ReasonCode.NO_FACE: (_ASK, "the picture shows no face"),
    ReasonCode.SEVERAL_FACES: (_ASK, "the picture shows several faces of about one size"),
}


def reason(code: ReasonCode, settings: GateSettings) -> GateReason:
    """A reason, with what the settings make of it."""
    decision, message = _REASONS[code]
    if code is ReasonCode.VEHICLE_UNKNOWN:
        decision = GateDecision(settings.unknown_vehicle)
    if code is ReasonCode.DRIVER_UNKNOWN:
        decision = GateDecision(settings.unknown_driver)
    return GateReason(code, decision, message)


def decision_of(reasons: Sequence[GateReason]) -> GateDecision:
    """One reason against is enough; allowed is only what nothing speaks against."""
    spoken = {one.decision for one in reasons}
    if _DENY in spoken:
        return _DENY
    return _ASK if _ASK in spoken or not reasons else _ALLOW
