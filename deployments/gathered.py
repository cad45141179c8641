"""Calls to a stage that take along what has been waiting for it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Any, Final, Generic, TypeVar

from ray.serve.handle import DeploymentHandle

from deployments.remote import RemoteStage, Tunable
from pipelines.types import Picture

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_BYTES: Final = 3 * 2**20
"""Of the items that are sent together: gRPC's usual limit of a message is 4 MiB."""


class GatheredStage(Generic[Item, Answer]):
    """Asks a stage about one item; items that had to wait are sent in one call.

    A call between processes costs both of them milliseconds of computing, however little it
    carries. So only some are under way at a time, and what arrives meanwhile shares the next one:
    the busier the service, the fewer calls a picture takes. An item that finds a call free is sent
    at once and alone.

    Args:
        one: Asks about an item.
        several: Asks about several items; one answer or error an item, in order.
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
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._under_way: set[object] = set()

    async def __call__(self, item: Item, /) -> Answer:
        """Asks about an item; raises what the stage raises for it."""
        if self._is_free():
            this = object()
            self._under_way.add(this)
            try:
                return await self._one(item)
            finally:
                self._end(this)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        return await answer

    def _is_free(self) -> bool:
        return len(self._under_way) < self._tuning.current.calls_at_once

    def _end(self, call: object) -> None:
        self._under_way.discard(call)
        while self._is_free() and (group := self._next_group()):
            # In a context of its own: Serve cancels the calls of a request whose client has gone,
            # and this one is made for several.
            task = asyncio.get_running_loop().create_task(self._ask(group), context=Context())
            self._under_way.add(task)
            task.add_done_callback(self._end)

    def _next_group(self) -> list[tuple[Item, "asyncio.Future[Answer]"]]:
        """What is sent next; those whose caller has given up are dropped."""
        group: list[tuple[Item, asyncio.Future[Answer]]] = []
        held = 0
        while self._waiting and len(group) < self._tuning.current.items_a_call:
            item, answer = self._waiting[0]
            held += self._size(item)
            if group and held > MOST_BYTES:
                break
            self._waiting.popleft()
            if not answer.done():
                group.append((item, answer))
        return group

    async def _ask(self, group: list[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        items = [item for item, _ in group]
        (outcome,) = await asyncio.gather(self._answers(items), return_exceptions=True)
        answers = [outcome] * len(group) if isinstance(outcome, BaseException) else outcome
        for (_, waiting), answer in zip(group, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, BaseException):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

    async def _answers(self, items: list[Item]) -> Sequence[Answer | BaseException]:
        if len(items) == 1:
            return [await self._one(items[0])]
        return await self._several(items)


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
    several = RemoteStage(handle, f"{method}_all", tuning, repeatable=True)
    return GatheredStage(one, several, size, tuning)


def gathered_search(handle: DeploymentHandle, tuning: Tunable) -> GatheredStage[Any, Any]:
    """The search of an index, for a probe and the id of its model.

    Args:
        handle: Of the index deployment.
        tuning: Read at every call.
    """
    one = RemoteStage(handle, "search", tuning, repeatable=True)
    several = RemoteStage(handle, "search_all", tuning, repeatable=True)
    return GatheredStage(lambda probe: one(*probe), several, lambda probe: probe[0].nbytes, tuning)


def bytes_of(crops: Sequence[Picture]) -> int:
    """Bytes that crops take in a message."""
    return sum(crop.nbytes for crop in crops)
