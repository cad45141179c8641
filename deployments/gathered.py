"""Calls to a stage that take along what has been waiting for it."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Generic, TypeVar

from ray.serve.handle import DeploymentHandle

from deployments.arrival import at_stage
from deployments.remote import RemoteStage, Tunable, lost_its_replica
from pipelines.types import Picture

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 3 * 2**20
"""Of the items that are sent together: gRPC's usual limit of a message is 4 MiB."""


_Place = tuple[float, int]
"""The lowest goes first: by its turn, and then by the item's number."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked(Generic[Item, Answer]):
    """An item that waits, whose it is, and where its answer goes."""

    item: Item
    answer: "asyncio.Future[Answer]"
    context: Context


class GatheredStage(Generic[Item, Answer]):
    """Asks a stage about one item; items that had to wait are sent in one call.

    A call between processes costs both of them milliseconds of computing, however little it
    carries. So only some are under way at a time, and what arrives meanwhile shares the next one:
    the busier the service, the fewer calls a picture takes. An item that finds a call free is sent
    at once and alone; of those that wait, the oldest request's first. Where replicas die under a
    shared call, or ``silent_after_s`` passes without an answer to it, its items are sent once more,
    each by itself: one of them may be what kills.

    Args:
        one: Asks about an item, again where a replica dies or is silent.
        several: Asks about several items, once; one answer or error an item, in order. Whatever it
            asks may be asked twice.
        size: Bytes that an item takes in a message.
        tuning: Read at every call.
    """

    def __init__(
        self,
        one: Callable[[Item], Awaitable[Answer]],
        several: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | BaseException]]],
        size: Callable[[Item], int],
        tuning: Tunable,
    ) -> None:
        self._one = one
        self._several = several
        self._size = size
        self._tuning = tuning
        self._waiting: dict[_Place, _Asked[Item, Answer]] = {}
        self._places: list[_Place] = []
        self._numbers = count()
        self._under_way: set[object] = set()

    async def __call__(self, item: Item, /) -> Answer:
        """Asks about an item; raises what the stage raises for it."""
        with at_stage(self) as turn:
            return await (self._alone(item) if self._is_free() else self._with_others(item, turn))

    async def _alone(self, item: Item) -> Answer:
        this = object()
        self._under_way.add(this)
        try:
            return await self._one(item)
        finally:
            self._end(this)

    async def _with_others(self, item: Item, turn: float) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        place = turn, next(self._numbers)
        self._waiting[place] = _Asked(item, answer, copy_context())
        heapq.heappush(self._places, place)
        try:
            return await answer
        finally:
            self._waiting.pop(place, None)

    def _is_free(self) -> bool:
        return len(self._under_way) < self._tuning.current.calls_at_once

    def _end(self, call: object) -> None:
        self._under_way.discard(call)
        while self._is_free() and (group := self._next_group()):
            # Shared calls have a context of their own: Serve cancels the calls of a request whose
            # client has gone, and these are made for several.
            context = group[0].context if len(group) == 1 else Context()
            task = asyncio.get_running_loop().create_task(self._ask(group), context=context)
            self._under_way.add(task)
            task.add_done_callback(self._end)

    def _next_group(self) -> list[_Asked[Item, Answer]]:
        group: list[_Asked[Item, Answer]] = []
        held = 0
        while self._places and len(group) < self._tuning.current.items_a_call:
            asked = self._waiting.get(self._places[0])
            if asked is not None:
                held += self._size(asked.item)
                if group and held > MOST_BYTES:
                    break
                if not asked.answer.done():
                    group.append(asked)
                del self._waiting[self._places[0]]
            heapq.heappop(self._places)
        return group

    async def _ask(self, group: list[_Asked[Item, Answer]]) -> None:
        outcomes = await self._outcomes(group)
        for asked, outcome in zip(group, outcomes, strict=True):
            if asked.answer.done():
                continue
            if isinstance(outcome, BaseException):
                asked.answer.set_exception(outcome)
            else:
                asked.answer.set_result(outcome)

    async def _outcomes(
        self, group: list[_Asked[Item, Answer]]
    ) -> Sequence[Answer | BaseException]:
        items = [asked.item for asked in group]
        if len(items) == 1:
            return await self._one_by_one(items)
        silent_after_s = self._tuning.current.silent_after_s
        try:
            async with asyncio.timeout(silent_after_s):
                (shared,) = await asyncio.gather(self._several(items), return_exceptions=True)
        except TimeoutError:  # the limit's: what the stage raises is returned
            _log.warning("a shared call is silent for %g s: asked one by one", silent_after_s)
            return await self._one_by_one(items)
        if lost_its_replica(shared):
            return await self._one_by_one(items)
        return [shared] * len(items) if isinstance(shared, BaseException) else shared

    async def _one_by_one(self, items: list[Item]) -> list[Answer | BaseException]:
        return await asyncio.gather(*map(self._one, items), return_exceptions=True)


def gathered(
    handle: DeploymentHandle, method: str, size: Callable[[Any], int], tuning: Tunable
) -> GatheredStage[Any, Any]:
    """A method of another deployment, and its counterpart ``{method}_all`` for several items.

    Args:
        handle: Of the deployment.
        method: Of pure inference, which may be sent again when a replica died under it.
        size: Bytes that an item takes in a message.
        tuning: Read at every call.
    """
    one = RemoteStage(handle, method, tuning, repeatable=True)
    several = RemoteStage(handle, f"{method}_all", tuning, repeatable=False)
    return GatheredStage(one, several, size, tuning)


def gathered_search(handle: DeploymentHandle, tuning: Tunable) -> GatheredStage[Any, Any]:
    """The search of an index, for a probe and the id of its model.

    Args:
        handle: Of the index deployment.
        tuning: Read at every call.
    """
    one = RemoteStage(handle, "search", tuning, repeatable=True)
    several = RemoteStage(handle, "search_all", tuning, repeatable=False)
    return GatheredStage(lambda probe: one(*probe), several, lambda probe: probe[0].nbytes, tuning)


def bytes_of(crops: Sequence[Picture]) -> int:
    """Bytes that crops take in a message."""
    return sum(crop.nbytes for crop in crops)
