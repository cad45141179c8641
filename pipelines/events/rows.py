"""Rows of the events, inside a transaction of the store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    tuple_,
    update,
)

from pipelines.events.records import (
    Decision,
    Event,
    EventFilter,
    EventKind,
    EventPage,
    HourCount,
    NewEvent,
    Place,
    SeenPlate,
    hour_of,
    start_of_hour,
)
from pipelines.events.schema import events
from pipelines.gallery.housekeeping import note_removals
from pipelines.gallery.schema import END_OF_IDS, drivers
from pipelines.storage.crop_names import PREFIX
from pipelines.webhooks import outbox

_FACES: Final = f"{PREFIX}faces/"
_LAST_CHARACTER: Final = "\U0010ffff"
_WITHOUT_DRIVER: Final = {"driver_id": None, "similarity": None, "threshold": None}


def add(connection: Connection, new: Sequence[NewEvent]) -> tuple[Event, ...]:
    """Write events, and the deliveries of them; one whose token is known is not written again.

    A driver who is not there any more is left out, with whatever shows the face.
    """
    tokens = [event.token for event in new]
    known = {event.seen.token: event for event in _with_tokens(connection, tokens)}
    fresh = [event for event in new if event.token not in known]
    present = _present(connection, fresh)
    received_at = datetime.now(UTC)
    for event in fresh:
        columns = {**_columns(event), "received_at": received_at}
        if event.driver_id is not None and event.driver_id not in present:
            columns |= _WITHOUT_DRIVER
            if (event.crop_key or "").startswith(_FACES):
                note_removals(connection, [columns["crop_key"]])
                columns["crop_key"] = None
        connection.execute(insert(events).values(columns))
    stored = _with_tokens(connection, [event.token for event in fresh])
    outbox.put_out(connection, stored)
    known |= {event.seen.token: event for event in stored}
    return tuple(known[token] for token in tokens)


def get(connection: Connection, event_id: int) -> Event | None:
    """One event."""
    if not 0 < event_id < END_OF_IDS:
        return None
    row = connection.execute(select(events).where(events.c.event_id == event_id)).first()
    return None if row is None else _event(row)


def page(connection: Connection, wanted: EventFilter, limit: int, after: Place | None) -> EventPage:
    """Events in the order of time and id, the newest first."""
    place = tuple_(events.c.at, events.c.event_id)
    query = select(events).where(*_conditions(wanted))
    if after is not None:
        query = query.where(place < (after.at, after.event_id))
    query = query.order_by(events.c.at.desc(), events.c.event_id.desc()).limit(limit + 1)
    found = [_event(row) for row in connection.execute(query)]
    some = tuple(found[:limit])
    last = some[-1] if len(found) > limit else None
    return EventPage(some, Place(last.seen.at, last.event_id) if last else None)


def since(
    connection: Connection, event_id: int, limit: int, wanted: EventFilter
) -> tuple[Event, ...]:
    """Events that were stored after one, in the order of their ids."""
    # The few newest are asked for again and again; an index of what is wanted begins with the old.
    query = select(events).where(events.c.event_id > event_id, *_conditions(wanted, _unindexed))
    return tuple(map(_event, connection.execute(query.order_by(events.c.event_id).limit(limit))))


def last_id(connection: Connection) -> int:
    """The id of the newest stored event; 0 without one."""
    return connection.execute(select(func.max(events.c.event_id))).scalar() or 0


def by_hour(connection: Connection, first: int, end: int) -> tuple[HourCount, ...]:
    """Counts of the hours from ``first`` to ``end`` (exclusive), as ``hour_of`` numbers them."""
    groups = (events.c.hour, events.c.kind, events.c.decision)
    query = select(*groups, func.count().label("number")).where(
        events.c.hour >= first, events.c.hour < end
    )
    rows = connection.execute(query.group_by(*groups))
    counts = (
        HourCount(
            start_of_hour(row.hour),
            EventKind(row.kind),
            Decision(row.decision) if row.decision else None,
            row.number,
        )
        for row in rows
    )
    return tuple(sorted(counts, key=lambda one: (one.hour, one.kind, one.decision or "")))


def any_before(connection: Connection, moment: datetime) -> bool:
    """Whether any event was stored before a moment."""
    oldest = connection.execute(select(func.min(events.c.received_at))).scalar()
    return oldest is not None and oldest < moment


def remove_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Delete the oldest events that were stored before a moment, and note their crops.

    Returns:
        How many there were, at most ``limit``.
    """
    oldest = select(events.c.event_id).where(events.c.received_at < moment)
    rows = connection.execute(oldest.order_by(events.c.received_at).limit(limit))
    due = rows.scalars().all()
    if due:
        gone = delete(events).where(events.c.event_id.in_(due))
        keys = connection.execute(gone.returning(events.c.crop_key)).scalars().all()
        note_removals(connection, [key for key in keys if key])
    return len(due)


def forget_driver(connection: Connection, driver_id: int) -> tuple[str, ...]:
    """Take a driver out of every event; plates and decisions stay.

    Returns:
        Keys of the crops of the face, which are noted for removal.
    """
    theirs = events.c.driver_id == driver_id
    shows = and_(theirs, events.c.crop_key.startswith(_FACES, autoescape=True))
    keys = tuple(connection.execute(select(events.c.crop_key).where(shows)).scalars())
    note_removals(connection, keys)
    connection.execute(update(events).where(shows).values(crop_key=None))
    connection.execute(update(events).where(theirs).values(_WITHOUT_DRIVER))
    return keys


def move_driver(connection: Connection, driver_id: int, to: int) -> None:
    """Give a driver's events to the one who is the same person."""
    theirs = update(events).where(events.c.driver_id == driver_id)
    connection.execute(theirs.values(driver_id=to))


def _present(connection: Connection, new: Sequence[NewEvent]) -> set[int]:
    ids = {event.driver_id for event in new if event.driver_id is not None}
    if not ids:
        return set()
    return set(
        connection.execute(
            select(drivers.c.driver_id).where(drivers.c.driver_id.in_(ids))
        ).scalars()
    )


def _with_tokens(connection: Connection, tokens: Sequence[str]) -> list[Event]:
    query = select(events).where(events.c.token.in_(tokens)).order_by(events.c.event_id)
    found = connection.execute(query)
    return [_event(row) for row in found]


def _as_it_is(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, for which neither database looks into an index."""
    return func.coalesce(column, null())


def _conditions(
    wanted: EventFilter, of: Callable[[ColumnElement[Any]], ColumnElement[Any]] = _as_it_is
) -> list[ColumnElement[bool]]:
    same: Mapping[Any, Any] = {
        events.c.camera_id: wanted.camera_id,
        events.c.kind: wanted.kind,
        events.c.decision: wanted.decision,
        events.c.driver_id: wanted.driver_id,
        events.c.vehicle_id: wanted.vehicle_id,
    }
    conditions = [of(column) == value for column, value in same.items() if value is not None]
    if wanted.since is not None:
        conditions.append(of(events.c.at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(of(events.c.at) < wanted.until)
    if wanted.plate is not None:
        begin, end = wanted.plate, wanted.plate + _LAST_CHARACTER
        texts = (of(events.c.plate_text), of(events.c.plate_raw))
        conditions.append(or_(*(and_(text >= begin, text < end) for text in texts)))
    return conditions


def _columns(event: NewEvent) -> dict[str, Any]:
    plate = event.plate
    return {
        "token": event.token,
        "kind": event.kind.value,
        "at": event.at,
        "hour": hour_of(event.at),
        "camera_id": event.camera_id,
        "plate_raw": plate.raw if plate else None,
        "plate_text": plate.text if plate else None,
        "country": plate.country if plate else None,
        "confidence": plate.confidence if plate else None,
        "vehicle_id": event.vehicle_id,
        "driver_id": event.driver_id,
        "similarity": event.similarity,
        "threshold": event.threshold,
        "decision": event.decision.value if event.decision else None,
        "reasons": list(event.reasons),
        "request_id": event.request_id,
        "crop_key": event.crop_key or None,
    }


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    plate = None
    if row.plate_text is not None:
        plate = SeenPlate(row.plate_raw, row.plate_text, row.country, row.confidence)
    seen = NewEvent(
        kind=EventKind(row.kind),
        at=row.at,
        camera_id=row.camera_id,
        plate=plate,
        vehicle_id=row.vehicle_id,
        driver_id=row.driver_id,
        similarity=row.similarity,
        threshold=row.threshold,
        decision=Decision(row.decision) if row.decision else None,
        reasons=tuple(row.reasons),
        request_id=row.request_id,
        crop_key=row.crop_key,
        token=row.token,
    )
    return Event(row.event_id, row.received_at, seen)
