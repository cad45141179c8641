"""What every /v1 answer about a picture holds, beside what was seen in it."""

from base64 import b64encode
from typing import Any, Final

from pydantic import AwareDatetime, Field

from deployments.ingress.v1.picture_bodies import Shot
from deployments.ingress.wire import Wire

Timings = dict[str, float]

_TIMINGS: Final = {"detect": 31.4, "read": 6.2, "total": 38.9}


class Answered(Wire):
    """What every answer about one picture says of the picture."""

    camera_id: str | None = Field(default=None, examples=["gate-1"], description="As sent.")
    timestamp: AwareDatetime | None = Field(
        default=None, examples=["2026-11-22T04:30:00Z"], description="As sent, in UTC."
    )
    timings_ms: Timings = Field(
        default_factory=dict,
        examples=[_TIMINGS],
        description="Milliseconds by stage, with the way there and the wait: `fetch` (of a URL), "
        "`detect`, `read`, `embed`, `search`, `match`, `record` (of events); and `total`.",
    )


def told(shot: Shot, timings_ms: Timings) -> dict[str, Any]:
    """The fields of ``Answered``."""
    return {
        "camera_id": shot.camera_id,
        "timestamp": shot.timestamp,
        "timings_ms": timings_ms,
    }


def in_base64(jpeg: bytes | None) -> str | None:
    """A picture as JSON carries it."""
    return None if jpeg is None else b64encode(jpeg).decode("ascii")
