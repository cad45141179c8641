"""Events as JSON, and which of them a query asks for."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from deployments.ingress.v1 import conditions
from deployments.ingress.v1.bodies import LAST_ID, Moment, invalid
from deployments.ingress.v1.picture_bodies import CameraId
from deployments.ingress.v1.wire import Share
from deployments.ingress.wire import Wire
from pipelines.errors import InvalidRequest
from pipelines.events.records import (
    Decision,
    Event,
    EventFilter,
    EventKind,
    HourCount,
    Place,
    SeenPlate,
    hour_of,
    start_of_hour,
)

LONGEST_TIME: Final = timedelta(days=92)
"""Of events that are counted."""

_NO_TIME: Final = f"must be before until, and at most {LONGEST_TIME.days} days before it"
_PLACE: Final = re.compile(r"(-?[0-9]{1,18})_([0-9]{1,19})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LEAST_OF_A_PLATE: Final = 3  # what fewer begin with is sorted by time, too many to be fast


def _plate_text(text: str) -> str:
    """Letters and digits alone, upper-case, as readings are."""
    found = "".join(one for one in text.upper() if one.isalnum())
    if len(found) < _LEAST_OF_A_PLATE:
        raise PydanticCustomError(
            "short_plate",
            "the beginning of a plate has at least {least} letters or digits",
            {"least": _LEAST_OF_A_PLATE},
        )
    return found


# The validator says what is missing in one way, whether it is characters or letters among them.
PlateStart = Annotated[
    str,
    StringConstraints(max_length=20),
    AfterValidator(_plate_text),
    Field(json_schema_extra={"minLength": _LEAST_OF_A_PLATE}),
]


class EventQuery(BaseModel):
    """Which events are wanted."""

    since: Moment | None = Field(
        None, alias="from", description="Seen at this moment or later, with a time zone."
    )
    until: Moment | None = Field(None, description="Seen before this moment, with a time zone.")
    camera_id: CameraId | None = Field(None, description="Of this camera.")
    kind: EventKind | None = Field(None, description="What was asked.")
    decision: Decision | None = Field(None, description="What was decided.")
    plate: PlateStart | None = Field(
        None,
        description="What the plate begins with, as it counts or as it was read: at least "
        "3 letters or digits, in whatever case; nothing else is compared.",
    )
    driver_id: int | None = Field(None, ge=1, le=LAST_ID, description="With this driver.")
    vehicle_id: int | None = Field(None, ge=1, le=LAST_ID, description="With this vehicle.")

    def wanted(self) -> EventFilter:
        """The events that this asks for."""
        return EventFilter(
            since=self.since,
            until=self.until,
            camera_id=self.camera_id,
            kind=self.kind,
            decision=self.decision,
            plate=self.plate,
            driver_id=self.driver_id,
            vehicle_id=self.vehicle_id,
        )


class EventPlate(Wire):
    """The plate of an event."""

    text: str = Field(examples=["30A12345"], description="The text that counts; may be empty.")
    raw_text: str = Field(examples=["3OA12345"], description="As the reader saw it.")
    country: str | None = Field(examples=["VN"], description="ISO 3166-1 alpha-2 code.")
    confidence: Share = Field(examples=[0.97], description="That the text is right, 0 to 1.")

    @classmethod
    def of(cls, plate: SeenPlate) -> Self:
        """A plate, in wire form."""
        return cls(
            text=plate.text,
            raw_text=plate.raw,
            country=plate.country,
            confidence=plate.confidence,
        )


class EventOut(Wire):
    """What happened at a camera."""

    id: int = Field(examples=[12], description="Rises in the order in which events are stored.")
    kind: EventKind = Field(examples=["gate_checked"])
    at: AwareDatetime = Field(
        examples=["2026-11-22T04:30:00Z"], description="When the picture was taken."
    )
    received_at: AwareDatetime = Field(
        examples=["2026-11-22T04:30:01Z"], description="When the event was stored."
    )
    camera_id: str | None = Field(examples=["gate-1"])
    decision: Decision | None = Field(
        examples=["allow"], description="Of a gate or a face; null for a plate."
    )
    reasons: list[str] = Field(examples=[["vehicle_allowed"]], description="Why, as codes.")
    plate: EventPlate | None = Field(description="Null without a plate.")
    vehicle_id: int | None = Field(examples=[3], description="The known vehicle of the plate.")
    driver_id: int | None = Field(
        examples=[7], description="Whose the face is; null of a driver who was erased since, too."
    )
    similarity: Share | None = Field(
        examples=[0.83], description="Of the face to the nearest driver, cosine."
    )
    threshold: Share | None = Field(examples=[0.46], description="What it had to reach.")
    request_id: str | None = Field(examples=["5f0c2a1b9d3e4f67"])
    has_crop: bool = Field(examples=[True], description="Whether `/crop` has a picture.")

    @classmethod
    def of(cls, event: Event) -> Self:
        """A stored event, in wire form."""
        seen = event.seen
        return cls(
            id=event.event_id,
            kind=seen.kind,
            at=seen.at,
            received_at=event.received_at,
            camera_id=seen.camera_id,
            decision=seen.decision,
            reasons=list(seen.reasons),
            plate=EventPlate.of(seen.plate) if seen.plate else None,
            vehicle_id=seen.vehicle_id,
            driver_id=seen.driver_id,
            similarity=seen.similarity,
            threshold=seen.threshold,
            request_id=seen.request_id,
            has_crop=seen.crop_key is not None,
        )


def event_in_json(event: Event) -> str:
    """A stored event as one line of JSON."""
    return EventOut.of(event).model_dump_json()


class EventList(Wire):
    """A page of events, those that were seen last first."""

    events: list[EventOut]
    next_cursor: str | None = Field(
        examples=["MTc5NTMyMTgwMDAwMDAwMF8xMi45ZTNiMGM0NA"],
        description="For the next page; null on the last one.",
    )


class Hour(Wire):
    """How many events of a kind with a decision an hour had."""

    hour: AwareDatetime = Field(examples=["2026-11-22T04:00:00Z"], description="When it begins.")
    kind: EventKind = Field(examples=["gate_checked"])
    decision: Decision | None = Field(examples=["allow"])
    count: int = Field(examples=[41])

    @classmethod
    def of(cls, counted: HourCount) -> Self:
        """A count, in wire form."""
        return cls(
            hour=counted.hour,
            kind=counted.kind,
            decision=counted.decision,
            count=counted.count,
        )


class Hours(Wire):
    """The hours that had events, in their order."""

    hours: list[Hour]


def whole_hours(
    since: datetime | None, until: datetime | None, now: datetime, long: timedelta
) -> tuple[datetime, datetime]:
    """When the first hour of a time begins, and the first that is left out.

    An hour that is asked for in part is in it.

    Args:
        since: Where it begins; None where it is not said.
        until: Where it ends, exclusive; None: with the hour of ``now``.
        now: Timezone-aware.
        long: How long it is where nobody says when it begins.

    Raises:
        InvalidRequest: It is too long, or empty.
    """
    end = until or start_of_hour(hour_of(now) + 1)
    first = since or end - long
    if not timedelta(0) < end - first <= LONGEST_TIME:
        raise invalid([{"type": "contradiction", "loc": ("from",), "msg": _NO_TIME}])
    return start_of_hour(hour_of(first)), start_of_hour(hour_of(end - timedelta.resolution) + 1)


def cursor_of(place: Place | None, wanted: EventFilter) -> str | None:
    """A place in the list as text; None at the end."""
    if place is None:
        return None
    moment = (place.at - _EPOCH) // _MICROSECOND
    return conditions.cursor_at(f"{moment}_{place.event_id}", repr(wanted))


def place_of(cursor: str | None, wanted: EventFilter) -> Place | None:
    """The place that a cursor names; None without one.

    Raises:
        InvalidRequest: It is no cursor of this query.
    """
    if cursor is None:
        return None
    moment, event_id = conditions.read_place(cursor, repr(wanted), _PLACE).groups()
    try:
        at = _EPOCH + int(moment) * _MICROSECOND
    except OverflowError as error:
        raise InvalidRequest("cursor names no moment") from error
    return Place(at, min(int(event_id), LAST_ID))
