"""Events as they come, told to everybody who listens at this replica of the ingress."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi.sse import format_sse_event

from configs.settings import EventSettings
from deployments.metrics import EVENT_STREAMS
from pipelines.errors import GatehouseError, Overloaded
from pipelines.events.recording import EventJournal
from pipelines.events.records import Event, EventFilter

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 100
_RETRY_MS: Final = 1000


class EventFeed:
    """Streams of server-sent events.

    While anybody listens, the journal is asked for its newest number again and again; who is behind
    it then reads on from its own place. So nothing is kept for a listener, a slow one reads later,
    and one that comes back with the last number it had misses nothing, also at another replica.

    Args:
        journal: Where events are read.
        settings: How often, how long, and how many streams.
        worded: An event as the stream has it; one line.
    """

    def __init__(
        self, journal: EventJournal, settings: EventSettings, worded: Callable[[Event], str]
    ) -> None:
        self._journal = journal
        self._settings = settings
        self._worded = worded
        self._listeners = 0
        self._newest = 0
        self._risen = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def stream(self, wanted: EventFilter, known: int | None) -> AsyncGenerator[bytes, None]:
        """Events as they are stored, in that order, as server-sent events.

        Every piece names the number to come back with, also where no event was wanted. An error
        that nobody foresaw ends it, and is logged.

        Args:
            wanted: Which.
            known: The last number that the listener has; None begins with what comes now.

        Raises:
            GalleryUnavailable: The journal cannot be read now; later it is asked again.
            Overloaded: Too many listen here.
        """
        async with self._listening():
            newest = await self._journal.last_id()
            # A journal that was brought back from a copy may be behind a listener.
            place = newest if known is None else min(known, newest)
            yield format_sse_event(comment="events", id=str(place), retry=_RETRY_MS)
            clock = asyncio.get_running_loop().time
            ends_at = clock() + self._settings.stream_s
            while (left_s := ends_at - clock()) > 0:
                risen = await self._rises_above(place, min(self._settings.heartbeat_s, left_s))
                if not self._watched:
                    return  # whoever comes back has another watcher
                if not risen:
                    yield format_sse_event(comment="alive", id=str(place))
                    continue
                newest = self._newest
                try:
                    events = await self._journal.since(place, _AT_ONCE, wanted)
                except GatehouseError as error:
                    _log.warning("events cannot be read for a stream: %s", error)
                    yield format_sse_event(comment="alive", id=str(place))
                    await asyncio.sleep(self._settings.poll_s)
                    continue
                place = events[-1].event_id if len(events) == _AT_ONCE else newest
                for event in events:
                    place = max(place, event.event_id)
                    yield format_sse_event(
                        event=event.seen.kind.value,
                        data_str=self._worded(event),
                        id=str(event.event_id),
                    )

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        if self._listeners >= self._settings.max_streams:
            raise Overloaded(
                f"{self._listeners} streams are open here already, at most "
                f"{self._settings.max_streams} may be",
                {"retry_after_s": 5},
            )
        self._listeners += 1
        if not self._watched:
            self._watching = asyncio.create_task(self._watch())
            self._watching.add_done_callback(self._let_go)
        try:
            with EVENT_STREAMS.track_inprogress():
                yield
        finally:
            self._listeners -= 1
            if not self._listeners and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    async def _watch(self) -> None:
        while True:
            try:
                newest = await self._journal.last_id()
            except GatehouseError as error:
                _log.warning("the journal of events cannot be read: %s", error)
            else:
                if newest > self._newest:
                    self._newest = newest
                    self._wake()
            await asyncio.sleep(self._settings.poll_s)

    @property
    def _watched(self) -> bool:
        return self._watching is not None and not self._watching.done()

    def _wake(self) -> None:
        self._risen.set()
        self._risen = asyncio.Event()

    def _let_go(self, watching: asyncio.Task[None]) -> None:
        """Ends the streams of a watcher that an error has ended; their listeners come back."""
        if watching.cancelled():
            return
        _log.error("the streams of events end by an error", exc_info=watching.exception())
        self._wake()

    async def _rises_above(self, place: int, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                while self._newest <= place and self._watched:
                    await self._risen.wait()
        except TimeoutError:
            return False
        return True
