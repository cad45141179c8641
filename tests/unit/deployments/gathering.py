"""A stage whose calls are counted, and items that wait for it."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from configs.settings import IngressTuning
from deployments.gathered import GatheredStage
from deployments.remote import Tunable

request: ContextVar[str] = ContextVar("request", default="none")


class Stage:
    """Doubles numbers as soon as it may; remembers what each call carried, and for whom."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.requests: list[str] = []
        self.may_answer = asyncio.Event()
        self.fails: BaseException | None = None

    async def one(self, item: Any) -> int:
        await self._called(item)
        return self._double(item)

    async def several(self, items: Sequence[Any]) -> list[int | BaseException]:
        await self._called(list(items))
        return [one if isinstance(one, BaseException) else self._double(one) for one in items]

    async def _called(self, what: Any) -> None:
        self.calls.append(what)
        self.requests.append(request.get())
        await self.may_answer.wait()
        if self.fails:
            raise self.fails

    def _double(self, item: Any) -> int:
        return 2 * int(item)


def gathering(
    stage: Stage,
    *,
    calls: int = 1,
    items: int = 4,
    size: int = 1,
    silent_after_s: float | None = None,
) -> GatheredStage[Any, int]:
    tuning = Tunable()
    tuning.current = IngressTuning(
        calls_at_once=calls, items_a_call=items, silent_after_s=silent_after_s
    )
    return GatheredStage(stage.one, stage.several, lambda _item: size, tuning)


async def asked(stage: GatheredStage[Any, int], *items: Any) -> list["asyncio.Task[int]"]:
    """Asks about items one after another, and lets each begin."""
    tasks = [asyncio.create_task(stage(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def answers(tasks: Sequence["asyncio.Task[int]"]) -> list[Any]:
    return await asyncio.gather(*tasks, return_exceptions=True)
