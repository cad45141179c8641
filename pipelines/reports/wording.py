"""What a report calls what the events name by codes."""

from datetime import datetime
from typing import Final

from pipelines.events.figures import Figures
from pipelines.events.records import EventKind

KINDS: Final = {
    EventKind.GATE_CHECKED: "gate checks",
    EventKind.PLATE_READ: "plates read alone",
    EventKind.FACE_IDENTIFIED: "faces seen",
}
"""The console says the same, see ``series.js``."""

SEEN_PLATES: Final = "plates seen"
UNKNOWN_FACES: Final = "faces that are nobody's"
UNKNOWN_VEHICLES: Final = "plates of no known vehicle"
STOPPED: Final = "checks denied or asked"
UNREADABLE: Final = "plates without a text"
NONE_CHECKED: Final = "no gate check read one"
"""Of gate checks alone; watched cameras compare their plates too, which are not in the share."""
NO_CAMERA: Final = "no camera named"
OTHER_CAMERAS: Final = "other cameras"

_LONGEST_NAME: Final = 28


def moment(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def period(figures: Figures) -> str:
    """From when to when, and of which camera."""
    of = "all cameras" if figures.camera_id is None else f"camera {figures.camera_id}"
    return f"{moment(figures.first)} to {moment(figures.end)} UTC, {of}"


def camera(camera_id: str | None) -> str:
    """A camera in a legend; of a long name the middle is left out, for names end in numbers."""
    if camera_id is None:
        return NO_CAMERA
    if len(camera_id) <= _LONGEST_NAME:
        return camera_id
    half = _LONGEST_NAME // 2
    return f"{camera_id[: half - 1]}…{camera_id[-half:]}"


def reason(code: str) -> str:
    """A reason, which events have as a code."""
    return code.replace("_", " ")


def share(part: int, whole: int, nothing: str) -> str:
    """A share in per cent; where there is nothing to share it says so."""
    return f"{part / whole:.1%}".replace("%", " %") if whole else nothing
