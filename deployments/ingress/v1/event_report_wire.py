"""The figures of the events as JSON."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from deployments.ingress.v1.bodies import Moment
from deployments.ingress.v1.event_wire import whole_hours
from deployments.ingress.v1.picture_bodies import CameraId
from deployments.ingress.wire import Wire
from pipelines.events.figures import (
    MOST_CAMERAS,
    MOST_REASONS,
    CameraCount,
    Figures,
    ReasonCount,
    SlotCount,
    Spread,
    Step,
    Strangers,
)
from pipelines.events.records import Decision, EventKind

_WEEK: Final = timedelta(days=7)
_SLOT: Final = "When the slot begins."
_SEEN: Final = "Plates seen: events that show a plate, plates read alone and gate checks together."


class ReportQuery(BaseModel):
    """What a report is about."""

    since: Moment | None = Field(
        None,
        alias="from",
        description="Rounded down to a whole hour; a week before the end where it is not given.",
    )
    until: Moment | None = Field(
        None,
        description="Exclusive, rounded up to a whole hour; the next hour where it is not given.",
    )
    camera_id: CameraId | None = Field(None, description="Of this camera.")
    format: Literal["json", "html", "png"] = Field(
        "json",
        description="`html` is one page with the plots in it, `png` one picture of all plots.",
    )

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """When the first hour begins, and the first that is left out.

        An hour that is asked for in part is in it.

        Raises:
            InvalidRequest: It is too long, or empty.
        """
        return whole_hours(self.since, self.until, now, _WEEK)


class TrafficOut(Wire):
    """How many events of a kind with a decision a slot had."""

    start: AwareDatetime = Field(examples=["2026-11-22T04:00:00Z"], description=_SLOT)
    kind: EventKind = Field(examples=["gate_checked"])
    decision: Decision | None = Field(examples=["allow"])
    count: int = Field(examples=[41])
    plates: int = Field(examples=[40], description="Those of them that show a plate.")
    unreadable: int = Field(examples=[1], description="Those of these whose plate has no text.")

    @classmethod
    def of(cls, counted: SlotCount) -> Self:
        """A count, in wire form."""
        return cls(
            start=counted.start,
            kind=counted.kind,
            decision=counted.decision,
            count=counted.count,
            plates=counted.plates,
            unreadable=counted.unreadable,
        )


class CameraTrafficOut(Wire):
    """How many events a camera had in a slot."""

    start: AwareDatetime = Field(examples=["2026-11-22T04:00:00Z"], description=_SLOT)
    camera_id: str | None = Field(examples=["gate-1"], description="Null: without a camera.")
    count: int = Field(examples=[41])

    @classmethod
    def of(cls, counted: CameraCount) -> Self:
        """A count, in wire form."""
        return cls(start=counted.start, camera_id=counted.camera_id, count=counted.count)


class StrangersOut(Wire):
    """How often nobody was known, or nobody let in, or nothing could be read, in a slot."""

    start: AwareDatetime = Field(examples=["2026-11-22T04:00:00Z"], description=_SLOT)
    faces: int = Field(examples=[30], description="Faces that were identified or not.")
    unknown_faces: int = Field(examples=[3], description="Those that are nobody's.")
    plates: int = Field(
        examples=[40],
        description="Gate checks that read a plate, which was compared with the known vehicles.",
    )
    unmatched_plates: int = Field(
        examples=[2], description="Those whose plate is that of no known vehicle."
    )
    checks: int = Field(examples=[41], description="Gate checks.")
    stopped: int = Field(examples=[5], description="Those that were denied, or asked about.")
    seen_plates: int = Field(examples=[80], description=_SEEN)
    unreadable_plates: int = Field(examples=[2], description="Those whose plate has no text.")

    @classmethod
    def of(cls, counted: Strangers) -> Self:
        """Counts, in wire form."""
        return cls(
            start=counted.start,
            faces=counted.faces,
            unknown_faces=counted.unknown_faces,
            plates=counted.plates,
            unmatched_plates=counted.unmatched_plates,
            checks=counted.checks,
            stopped=counted.stopped,
            seen_plates=counted.seen_plates,
            unreadable_plates=counted.unreadable_plates,
        )


class UnreadableOut(Wire):
    """How many plates of the whole time have no text."""

    plates: int = Field(examples=[812], description=_SEEN)
    unreadable: int = Field(examples=[23], description="Those whose plate has no text.")
    share: float | None = Field(
        examples=[0.0283], description="Of the plates; null where there is none."
    )

    @classmethod
    def of(cls, traffic: Sequence[SlotCount]) -> Self:
        """The sums, in wire form."""
        plates = sum(one.plates for one in traffic)
        unreadable = sum(one.unreadable for one in traffic)
        share = round(unreadable / plates, 4) if plates else None
        return cls(plates=plates, unreadable=unreadable, share=share)


class SpreadOut(Wire):
    """Where the values of a day lie, to the thousandth."""

    day: AwareDatetime = Field(
        examples=["2026-11-22T00:00:00Z"], description="When it begins, in UTC."
    )
    count: int = Field(examples=[812], description="How many values there are.")
    low: float = Field(examples=[0.912], description="A tenth of them is at most this.")
    median: float = Field(examples=[0.987])
    high: float = Field(examples=[0.998], description="Nine tenths of them are at most this.")

    @classmethod
    def of(cls, spread: Spread) -> Self:
        """A day, in wire form."""
        return cls(
            day=spread.day,
            count=spread.count,
            low=spread.low,
            median=spread.median,
            high=spread.high,
        )


class ReasonOut(Wire):
    """How many events gave a reason."""

    reason: str = Field(examples=["vehicle_unknown"], description="As a code.")
    count: int = Field(examples=[12])

    @classmethod
    def of(cls, counted: ReasonCount) -> Self:
        """A count, in wire form."""
        return cls(reason=counted.reason, count=counted.count)


class Report(Wire):
    """What the events of a time come to; slots and days without events are left out."""

    since: AwareDatetime = Field(
        serialization_alias="from",
        examples=["2026-11-15T05:00:00Z"],
        description="A whole hour.",
    )
    until: AwareDatetime = Field(
        examples=["2026-11-22T05:00:00Z"], description="Exclusive; a whole hour."
    )
    step: Step = Field(
        examples=["hour"],
        description="How long a slot is: an hour up to two weeks, a day (UTC) of what is longer.",
    )
    camera_id: str | None = Field(
        examples=[None], description="The only camera that is counted; null counts all."
    )
    traffic: list[TrafficOut]
    cameras: list[CameraTrafficOut] = Field(
        description=f"The busiest, at most {MOST_CAMERAS}; the others are what `traffic` has more."
    )
    strangers: list[StrangersOut]
    unreadable: UnreadableOut
    plate_confidence: list[SpreadOut] = Field(description="Of plates that have a text.")
    face_similarity: list[SpreadOut] = Field(
        description="Of faces to the drivers whose they are, cosine."
    )
    reasons: list[ReasonOut] = Field(
        description=f"The most frequent first, at most {MOST_REASONS}."
    )

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """The figures, in wire form."""
        return cls(
            since=figures.first,
            until=figures.end,
            step=figures.step,
            camera_id=figures.camera_id,
            traffic=list(map(TrafficOut.of, figures.traffic)),
            cameras=list(map(CameraTrafficOut.of, figures.cameras)),
            strangers=list(map(StrangersOut.of, figures.strangers())),
            unreadable=UnreadableOut.of(figures.traffic),
            plate_confidence=list(map(SpreadOut.of, figures.confidence)),
            face_similarity=list(map(SpreadOut.of, figures.similarity)),
            reasons=list(map(ReasonOut.of, figures.reasons)),
        )
