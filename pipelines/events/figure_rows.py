"""The figures of the events, summed up by the database."""

import json
from collections import Counter
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
)

from pipelines.events.figures import (
    MOST_CAMERAS,
    MOST_REASONS,
    CameraCount,
    ReasonCount,
    SlotCount,
    Spread,
    Step,
    spread_of,
)
from pipelines.events.records import Decision, EventKind, start_of_hour
from pipelines.events.schema import events

Conditions = tuple[ColumnElement[bool], ...]

_THOUSAND: Final = 1000
# Of reasons that were given together; more kinds of them than the codes can make are not read.
_MOST_GROUPS: Final = 10_000


def conditions(first: int, end: int, camera_id: str | None) -> Conditions:
    """Which events are counted.

    Args:
        first: The first hour, as ``hour_of`` numbers them.
        end: The first hour that is left out.
        camera_id: The only camera; None counts all.
    """
    if camera_id is None:
        return events.c.hour >= first, events.c.hour < end
    of_camera = events.c.camera_id == camera_id  # there is an index of a camera's times
    return of_camera, events.c.at >= start_of_hour(first), events.c.at < start_of_hour(end)


def traffic(connection: Connection, which: Conditions, step: Step) -> tuple[SlotCount, ...]:
    """How many events each slot had, by kind and decision."""
    slot = _slot(step)
    unreadable = func.count().filter(events.c.plate_text == "")
    seen = (func.count(), func.count(events.c.plate_text), func.count(events.c.vehicle_id))
    counted = (*seen, unreadable)
    groups = (slot, events.c.kind, events.c.decision)
    rows = connection.execute(select(*groups, *counted).where(*which).group_by(*groups))
    counts = (
        SlotCount(
            start_of_hour(number * step.hours),
            EventKind(kind),
            Decision(decision) if decision else None,
            *numbers,
        )
        for number, kind, decision, *numbers in rows
    )
    return tuple(sorted(counts, key=lambda one: (one.start, one.kind, one.decision or "")))


def cameras(connection: Connection, which: Conditions, step: Step) -> tuple[CameraCount, ...]:
    """How many events each of the busiest cameras had in each slot."""
    # The same value, by whose index no database looks for a camera's events of all times.
    camera, number = func.coalesce(events.c.camera_id, null()), func.count()
    ranked = select(camera).where(*which).group_by(camera).order_by(number.desc(), camera)
    busiest = connection.execute(ranked.limit(MOST_CAMERAS)).scalars().all()
    named = [one for one in busiest if one is not None]
    wanted: ColumnElement[bool] = camera.in_(named)
    if len(named) < len(busiest):
        wanted = or_(wanted, camera.is_(None))
    slot = _slot(step)
    counted = select(slot, camera, number).where(*which, wanted).group_by(slot, camera)
    places = {one: place for place, one in enumerate(busiest)}
    counts = (
        CameraCount(start_of_hour(start * step.hours), one, count)
        for start, one, count in connection.execute(counted)
    )
    return tuple(sorted(counts, key=lambda one: (one.start, places[one.camera_id])))


def confidence(connection: Connection, which: Conditions) -> tuple[Spread, ...]:
    """Where the confidences of plates lie each day."""
    has_text = events.c.plate_text != ""
    return _spreads(connection, events.c.confidence, (*which, has_text))


def similarity(connection: Connection, which: Conditions) -> tuple[Spread, ...]:
    """Where the similarities of faces to their own drivers lie each day."""
    known = events.c.driver_id.is_not(None)
    return _spreads(connection, events.c.similarity, (*which, known))


def reasons(connection: Connection, which: Conditions) -> tuple[ReasonCount, ...]:
    """How many events gave each of the most frequent reasons."""
    given = cast(events.c.reasons, Text)  # alike where the reasons are: one place writes them
    number = func.count()
    grouped = select(given, number).where(*which).group_by(given).order_by(number.desc())
    counts: Counter[str] = Counter()
    for together, count in connection.execute(grouped.limit(_MOST_GROUPS)):
        for reason in set(json.loads(together)):
            counts[reason] += count
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ReasonCount(*one) for one in ranked[:MOST_REASONS])


def _spreads(
    connection: Connection, column: ColumnElement[Any], which: Conditions
) -> tuple[Spread, ...]:
    """Counts thousandths, of which a day has some hundred, where values would be many."""
    day = _slot(Step.DAY)
    rounded = func.round(column * literal_column(str(_THOUSAND)))
    counted = select(day, rounded, func.count()).where(*which, column.is_not(None))
    rows = connection.execute(counted.group_by(day, rounded).order_by(day, rounded))
    return tuple(
        spread_of(
            start_of_hour(number * Step.DAY.hours),
            [(float(value) / _THOUSAND, count) for _, value, count in of_day],
        )
        for number, of_day in groupby(rows, key=lambda row: row[0])
    )


def _slot(step: Step) -> ColumnElement[int]:
    """The number of an event's slot. No parameter: PostgreSQL takes two alike for different."""
    return events.c.hour if step is Step.HOUR else events.c.hour // literal_column(str(step.hours))
