"""Events as a table for other programs."""

import csv
import io
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from pipelines.events.recording import EventJournal
from pipelines.events.records import Event, EventFilter, Place

COLUMNS: Final = (
    "id",
    "kind",
    "at",
    "received_at",
    "camera_id",
    "decision",
    "reasons",
    "plate_text",
    "plate_raw_text",
    "plate_country",
    "plate_confidence",
    "vehicle_id",
    "driver_id",
    "similarity",
    "threshold",
    "request_id",
)
"""In this order; new ones come at the end."""

_AT_ONCE: Final = 1000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


async def pages_of(
    journal: EventJournal, wanted: EventFilter
) -> AsyncGenerator[tuple[Event, ...], None]:
    """All events that are wanted, the newest first, a page at a time; at least one page.

    Raises:
        GalleryUnavailable: The journal cannot be read; before the first page, or in the middle.
    """
    after: Place | None = None
    while True:
        page = await journal.page(wanted, _AT_ONCE, after)
        yield page.events
        after = page.next_after
        if after is None:
            return


def row_of(event: Event) -> tuple[object, ...]:
    """An event's value for each of ``COLUMNS``; None where there is none."""
    seen, plate = event.seen, event.seen.plate
    return (
        event.event_id,
        seen.kind.value,
        seen.at,
        event.received_at,
        seen.camera_id,
        seen.decision.value if seen.decision else None,
        seen.reasons,
        plate.text if plate else None,
        plate.raw if plate else None,
        plate.country if plate else None,
        plate.confidence if plate else None,
        seen.vehicle_id,
        seen.driver_id,
        seen.similarity,
        seen.threshold,
        seen.request_id,
    )


async def csv_of(journal: EventJournal, wanted: EventFilter) -> AsyncGenerator[bytes, None]:
    """A CSV file of events (RFC 4180, UTF-8, with a head), the newest first, in pieces.

    A spreadsheet takes a text that begins with =, +, - or @ for a formula; such a text gets an
    apostrophe in front (OWASP, "CSV Injection").

    Raises:
        GalleryUnavailable: The journal cannot be read; before the first piece, or in the middle.
    """
    head: Sequence[Sequence[object]] = (COLUMNS,)
    async for events in pages_of(journal, wanted):
        yield _lines([*head, *map(_as_texts, events)])
        head = ()


def _as_texts(event: Event) -> tuple[object, ...]:
    row = dict(zip(COLUMNS, row_of(event), strict=True))
    row["at"] = event.seen.at.isoformat()
    row["received_at"] = event.received_at.isoformat()
    row["reasons"] = " ".join(event.seen.reasons)
    return tuple(_harmless(value) for value in row.values())


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
