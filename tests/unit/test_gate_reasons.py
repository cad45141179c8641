"""What reasons a gate has, and what comes of them."""

import pytest

from configs.settings import GateSettings
from pipelines.gate_reasons import GateDecision, ReasonCode, decision_of, reason

SETTINGS = GateSettings()


@pytest.mark.parametrize(
    ("codes", "decision"),
    [
        ((), GateDecision.ASK),
        ((ReasonCode.VEHICLE_ALLOWED,), GateDecision.ALLOW),
        ((ReasonCode.VEHICLE_WATCHED, ReasonCode.DRIVER_ALLOWED), GateDecision.ALLOW),
        ((ReasonCode.VEHICLE_ALLOWED, ReasonCode.NO_FACE), GateDecision.ASK),
        ((ReasonCode.NO_PLATE, ReasonCode.DRIVER_NOT_VALID), GateDecision.DENY),
        ((ReasonCode.VEHICLE_DENIED, ReasonCode.DRIVER_ALLOWED), GateDecision.DENY),
    ],
)
def test_one_reason_against_is_enough(
    codes: tuple[ReasonCode, ...], decision: GateDecision
) -> None:
    assert decision_of([reason(code, SETTINGS) for code in codes]) is decision


def test_every_code_has_a_sentence_of_its_own() -> None:
    reasons = [reason(code, SETTINGS) for code in ReasonCode]
    assert len({one.message for one in reasons}) == len(ReasonCode)
    assert [one.code for one in reasons] == list(ReasonCode)


def test_the_settings_decide_about_the_unknown_alone() -> None:
    strict = GateSettings(unknown_vehicle="deny", unknown_driver="deny")
    changed = {
        code
        for code in ReasonCode
        if reason(code, strict).decision is not reason(code, SETTINGS).decision
    }
    assert changed == {ReasonCode.VEHICLE_UNKNOWN, ReasonCode.DRIVER_UNKNOWN}
