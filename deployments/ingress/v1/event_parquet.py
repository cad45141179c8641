"""Events as a Parquet file, made while it is sent."""

import asyncio
import io
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Final, cast

from deployments.ingress.v1.event_export import COLUMNS, pages_of, row_of
from pipelines.events.recording import EventJournal
from pipelines.events.records import Event, EventFilter

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_OF_A_GROUP: Final = 10_000
"""Events that are held at once, and what a reader takes from the file at once."""


async def parquet_of(journal: EventJournal, wanted: EventFilter) -> AsyncGenerator[bytes, None]:
    """A Parquet file of events, the newest first, in pieces: a group of rows each, then the end.

    The columns are those of the CSV file with their types: moments in UTC to the microsecond,
    reasons as lists. A file that was cut off has no end, which every reader notices.

    Raises:
        GalleryUnavailable: The journal cannot be read; before the first piece, or in the middle.
    """
    waiting: list[Event] = []
    file: _File | None = None
    async for events in pages_of(journal, wanted):
        if file is None:  # once events could be read: the library is slow to import
            file = await asyncio.to_thread(_File)
        waiting += events
        if len(waiting) >= _ROWS_OF_A_GROUP:
            yield await asyncio.to_thread(file.group, waiting)
            waiting = []
    if file is not None:
        yield await asyncio.to_thread(file.end, waiting)


class _File:
    """Writes a file and hands out what is new of it."""

    def __init__(self) -> None:
        from pyarrow import parquet  # noqa: PLC0415  # see parquet_of

        self._new = _NewBytes()
        self._schema = _schema()
        self._writer = parquet.ParquetWriter(
            cast(io.BytesIO, self._new), self._schema, compression="zstd"
        )

    def group(self, events: Sequence[Event]) -> bytes:
        """Writes a group of rows."""
        import pyarrow as pa  # noqa: PLC0415  # see parquet_of

        columns = zip(*map(row_of, events), strict=True)
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        return self._new.taken()

    def end(self, events: Sequence[Event]) -> bytes:
        """Writes the last group, where there is any, and the end of the file."""
        last = self.group(events) if events else b""
        self._writer.close()
        return last + self._new.taken()


class _NewBytes(io.RawIOBase):
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "pa.Buffer") -> int:
        piece = memoryview(data)
        self._waiting += piece
        return piece.nbytes

    def tell(self) -> int:
        return self._taken + len(self._waiting)

    def taken(self) -> bytes:
        piece = bytes(self._waiting)
        self._taken += len(piece)
        self._waiting.clear()
        return piece


def _schema() -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415  # see parquet_of

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    moment = pa.timestamp("us", tz="UTC")
    types = {
        "id": whole,
        "at": moment,
        "received_at": moment,
        "reasons": pa.list_(text),
        "plate_confidence": number,
        "vehicle_id": whole,
        "driver_id": whole,
        "similarity": number,
        "threshold": number,
    }
    always = {"id", "kind", "at", "received_at", "reasons"}
    return pa.schema(
        [pa.field(name, types.get(name, text), nullable=name not in always) for name in COLUMNS]
    )
