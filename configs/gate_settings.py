"""How a gate decides."""

from typing import Literal

from pydantic import Field

from configs.section import Section

Answer = Literal["ask", "deny"]


class GateSettings(Section):
    """What a gate makes of plates and drivers that it is not sure of."""

    match_probability: float = Field(
        0.9,
        gt=0.5,
        lt=1,
        description="A read plate is taken for that of a known vehicle from this probability.",
    )
    unknown_vehicle: Answer = Field(
        "ask", description="ask a person about a vehicle that is not known, or deny it."
    )
    unknown_driver: Answer = Field(
        "ask", description="ask a person about a driver who is not known, or deny them."
    )
    second_size: float = Field(
        0.7,
        gt=0,
        le=1,
        description="Where another plate is at least this wide against the one that was read, or a "
        "second face this large against the largest, the gate asks which is meant.",
    )
