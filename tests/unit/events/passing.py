"""Events of a car park that nobody built."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.events.records import EventKind, NewEvent, SeenPlate

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def plate(text: str, raw: str | None = None) -> SeenPlate:
    """A plate that was read well."""
    return SeenPlate(raw or text, text, "VN", 0.97)


def passing(minutes: float = 0, **changed: Any) -> NewEvent:
    """An event so many minutes after noon."""
    said: dict[str, Any] = {"kind": EventKind.GATE_CHECKED, "at": NOON, "camera_id": "gate-1"}
    said |= {"at": NOON + timedelta(minutes=minutes)} | changed
    return NewEvent(**said)
