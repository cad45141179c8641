"""One book of the store over the handles of the gallery's shards."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any, ClassVar

from ray.serve.handle import DeploymentHandle

from deployments.book_calls import BOOKS
from deployments.remote import RemoteStage, Tunable


class RemoteBook:
    """A book's methods, to be awaited; its kinds name them one by one.

    All shards write to one store, so any of them takes a call; they take turns. A write whose
    answer is lost with its replica raises Unavailable, since it may have been done: the caller
    looks before trying again.

    Args:
        shards: Of the index deployments.
        tuning: Read at every call.
    """

    book: ClassVar[str]
    """The book's name among ``BOOKS``."""

    def __init__(self, shards: Sequence[DeploymentHandle], tuning: Tunable) -> None:
        def stages(repeatable: bool) -> Iterator[RemoteStage]:
            named = (RemoteStage(one, "records", tuning, repeatable=repeatable) for one in shards)
            return cycle(tuple(named))

        self._repeated = stages(True)
        self._once = stages(False)

    async def _call(self, method: str, *args: Any) -> Any:
        repeatable = BOOKS[self.book].repeatable(method)
        return await next(self._repeated if repeatable else self._once)(self.book, method, *args)
