"""What is known of the request that is being answered, for the audit log."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from pipelines.access.key_records import KeyRecord


@dataclass(slots=True)
class Trail:
    """What is known so far.

    Attributes:
        key: Whose request it is; None while keys are off, or before the key is found.
        driver_ids: Drivers that it is about, beside the one in its path.
    """

    key: KeyRecord | None = None
    driver_ids: list[int] = field(default_factory=list)


trail: ContextVar[Trail | None] = ContextVar("trail", default=None)
"""Of the request that is being answered; None where no audit log is kept."""


def concerns(*driver_ids: int) -> None:
    """Notes for the audit log which drivers a request is about."""
    current = trail.get()
    if current is not None:
        current.driver_ids.extend(driver_ids)
