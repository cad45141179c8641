"""Erasing what is due: old events and crops, expired drivers, their crops, lost registrations."""

import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from configs.settings import RetentionSettings
from pipelines.errors import DriverNotFound, GatehouseError
from pipelines.gallery.driver_records import DriverPage
from pipelines.gallery.records import StoredFace
from pipelines.storage.crop_names import DRIVERS_A_BLOCK, driver_owner, is_path, token_owner
from pipelines.storage.crops import UNDER_WAY, CropStore, named_before

logger = logging.getLogger(__name__)

_PENDING_A_ROUND: Final = 1_000
_REMOVED_AT_ONCE: Final = 20
_REMOVED_A_SWEEP: Final = 10_000
_ERASED_AT_ONCE: Final = 100
_ERASED_A_SWEEP: Final = 1_000
_TOKENS_A_SWEEP: Final = 1_000
_PLATES_AT_ONCE: Final = 200
_PLATES_A_SWEEP: Final = 5_000
_DRIVERS_A_PAGE: Final = 250
_LISTINGS_A_SWEEP: Final = 1_000
_EVENTS_AT_ONCE: Final = 1_000
_EVENTS_A_SWEEP: Final = 20_000
_LISTINGS_OF_A_BLOCK: Final = 100  # what a look at the rows of a thousand drivers counts as


class RetentionDirectory(Protocol):
    """Those of the directory's methods that a sweep needs."""

    async def page(self, after: int = 0, limit: int = 100) -> DriverPage: ...

    async def faces(self, driver_id: int) -> tuple[StoredFace, ...]: ...

    async def expired(
        self, now: datetime, settings: RetentionSettings, limit: int
    ) -> tuple[int, ...]: ...

    async def erase_expired(
        self, driver_id: int, now: datetime, settings: RetentionSettings
    ) -> tuple[str, ...] | None: ...

    async def pending_removals(self, limit: int) -> tuple[str, ...]: ...

    async def removals_done(self, keys: Sequence[str]) -> None: ...


class RetentionGallery(Protocol):
    """The gallery as a sweep needs it."""

    @property
    def directory(self) -> RetentionDirectory: ...

    async def withdraw(self, token: str) -> int | None: ...


class RetentionEvents(Protocol):
    """The journal of events as a sweep needs it."""

    async def remove_before(self, moment: datetime, limit: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did.

    Attributes:
        removed_crops: Crops of erased faces, which an erasure had left.
        erased_drivers: Drivers who were due.
        cleared_drivers: Drivers erased before, of whom crops of recognitions were left.
        settled_registrations: Registrations that a crash or a lost answer had left open.
        old_crops: Crops of recognitions and of plates that were past their days.
        old_events: Events that were past their days; their crops are among ``removed_crops``.
        failures: By the names above, what failed; the next sweep tries again.
    """

    removed_crops: int = 0
    erased_drivers: int = 0
    cleared_drivers: int = 0
    settled_registrations: int = 0
    old_crops: int = 0
    old_events: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)


class _Tally:
    """Counts what was done and what failed, by the names of ``Swept``."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Let nothing that fails in here stop the rest."""
        try:
            yield
        except GatehouseError as error:
            self.failures[name] += 1
            logger.warning("sweeping %s: %s", name, error)

    def swept(self) -> Swept:
        """The counts, logged where there is anything to tell."""
        swept = Swept(**self.done, failures=dict(self.failures))
        if any(self.done.values()) or self.failures:
            logger.info("swept: %s", swept)
        return swept


class Retention:
    """Sweeps what is due; the gallery's rows decide, and the crop store follows them.

    Every part may be done twice or by several replicas at once, and may be cut off anywhere: what
    is left is found again. One sweep does a bounded part of the work and the next goes on. It makes
    about a thousand listings of the crop store at most, each of one owner or of one hour. Drivers
    who own crops are gone through a thousand ids at a time, so a crop of a recognition that ended
    after its driver was erased goes within one round of all ids. Where ids stay below ten thousand
    and ``crop_days`` is null, one sweep is a round.

    A crop store belongs to one gallery: owners whom its database does not know lose their crops.

    Args:
        gallery: The driver gallery.
        crops: The crop store.
        settings: What is due when.
        events: The journal; None leaves events alone.
    """

    def __init__(
        self,
        gallery: RetentionGallery,
        crops: CropStore,
        settings: RetentionSettings,
        events: RetentionEvents | None = None,
    ) -> None:
        self._gallery = gallery
        self._events = events
        self._crops = crops
        self._settings = settings
        self._next_block: int | None = None

    async def sweep(self) -> Swept:
        """Do what is due now; failures of the gallery and the crop store are counted and logged."""
        tally = _Tally()
        with tally.step("old_events"):
            await self._remove_old_events(tally)
        with tally.step("removed_crops"):
            await self._remove_pending(tally)
        with tally.step("erased_drivers"):
            await self._erase_expired(tally)
        with tally.step("settled_registrations"):
            for token in await self._open_registrations():
                with tally.step("settled_registrations"):
                    tally.done["settled_registrations"] += await self._settle(token)
        with tally.step("cleared_drivers"):
            await self._go_through_owners(tally)
        with tally.step("old_crops"):
            await self._remove_old_plates(tally)
        return tally.swept()

    async def _remove_old_events(self, tally: _Tally) -> None:
        if self._events is None or self._settings.event_days is None:
            return
        oldest = datetime.now(UTC) - timedelta(days=self._settings.event_days)
        for _ in range(_EVENTS_A_SWEEP // _EVENTS_AT_ONCE):
            removed = await self._events.remove_before(oldest, _EVENTS_AT_ONCE)
            tally.done["old_events"] += removed
            if removed < _EVENTS_AT_ONCE:
                return

    async def _remove_pending(self, tally: _Tally) -> None:
        for _ in range(_REMOVED_A_SWEEP // _PENDING_A_ROUND):
            pending = list(await self._gallery.directory.pending_removals(_PENDING_A_ROUND))
            random.shuffle(pending)  # so that one that always fails does not hold up the same ones
            removed: list[str] = []
            for start in range(0, len(pending), _REMOVED_AT_ONCE):
                some = pending[start : start + _REMOVED_AT_ONCE]
                with tally.step("removed_crops"):
                    await self._crops.remove_all([key for key in some if is_path(key)])
                    removed += some
            if removed:
                await self._gallery.directory.removals_done(removed)
                tally.done["removed_crops"] += len(removed)
            if len(removed) < _PENDING_A_ROUND:
                return

    async def _erase_expired(self, tally: _Tally) -> None:
        if self._settings.driver_days is None and self._settings.expired_days is None:
            return
        for _ in range(_ERASED_A_SWEEP // _ERASED_AT_ONCE):
            now = datetime.now(UTC)
            due = await self._gallery.directory.expired(now, self._settings, _ERASED_AT_ONCE)
            before = tally.done["erased_drivers"]
            for driver_id in due:
                with tally.step("erased_drivers"), suppress(DriverNotFound):
                    directory = self._gallery.directory
                    keys = await directory.erase_expired(driver_id, now, self._settings)
                    if keys is None:
                        continue  # a photo or a longer validity has come since
                    tally.done["erased_drivers"] += 1
                    await self._crops.remove_of(driver_owner(driver_id))
                    await self._crops.remove_all([key for key in keys if is_path(key)])
                    await self._gallery.directory.removals_done(keys)
            if len(due) < _ERASED_AT_ONCE or tally.done["erased_drivers"] == before:
                return

    async def _open_registrations(self) -> list[str]:
        tokens = await self._crops.tokens()
        return random.sample(tokens, min(len(tokens), _TOKENS_A_SWEEP))

    async def _settle(self, token: str) -> bool:
        """Decide about the crops of a registration that should have ended long ago."""
        owner = token_owner(token)
        paths = named_before(await self._crops.crops_of(owner), datetime.now(UTC) - UNDER_WAY)
        if not paths:
            return False
        driver_id = await self._gallery.withdraw(token)
        named: set[str] = set()
        if driver_id is not None:
            # A request that was sent twice may own crops of a try that was not the one committed.
            with suppress(DriverNotFound):
                faces = await self._gallery.directory.faces(driver_id)
                named = {face.crop_key for face in faces}
        await self._crops.remove_all([path for path in paths if path not in named])
        await self._crops.release(owner, paths)
        return True

    async def _go_through_owners(self, tally: _Tally) -> None:
        blocks = await self._crops.driver_blocks()
        if not blocks:
            return
        start = random.choice(blocks) if self._next_block is None else self._next_block
        blocks.sort(key=lambda block: (block < start, block))
        budget = _LISTINGS_A_SWEEP
        for block in blocks:
            if budget <= 0:
                self._next_block = block
                return
            budget -= await self._go_through(block, tally)
        self._next_block = None

    async def _go_through(self, block: int, tally: _Tally) -> int:
        """Remove what the drivers of a thousand ids should not own; returns what it has cost."""
        # First the owners, then the rows: whoever owns a crop was enrolled before.
        owners = await self._crops.drivers_in(block)
        present = await self._drivers_in(block)
        cost = _LISTINGS_OF_A_BLOCK
        for driver_id in owners:
            owner = driver_owner(driver_id)
            if driver_id not in present:
                with tally.step("cleared_drivers"):
                    if await self._crops.crops_of(owner):
                        tally.done["cleared_drivers"] += await self._crops.remove_of(owner)
                    cost += 2
            elif self._settings.crop_days is not None:
                with tally.step("old_crops"):
                    oldest = datetime.now(UTC) - timedelta(days=self._settings.crop_days)
                    paths = named_before(await self._crops.crops_of(owner), oldest)
                    await self._crops.remove_all(paths)
                    await self._crops.release(owner, paths)
                    tally.done["old_crops"] += len(paths)
                    cost += 1
        return cost

    async def _drivers_in(self, block: int) -> set[int]:
        found: set[int] = set()
        after, last = block * DRIVERS_A_BLOCK - 1, (block + 1) * DRIVERS_A_BLOCK - 1
        while after < last:
            page = await self._gallery.directory.page(after, _DRIVERS_A_PAGE)
            found.update(driver.driver_id for driver in page.drivers)
            if page.next_after is None:
                break
            after = page.next_after
        return found

    async def _remove_old_plates(self, tally: _Tally) -> None:
        if self._settings.crop_days is None:
            return
        oldest = datetime.now(UTC) - timedelta(days=self._settings.crop_days)
        paths = await self._crops.plates_before(oldest, _PLATES_A_SWEEP)
        for start in range(0, len(paths), _PLATES_AT_ONCE):
            some = paths[start : start + _PLATES_AT_ONCE]
            with tally.step("old_crops"):
                await self._crops.remove_all(some)
                tally.done["old_crops"] += len(some)
