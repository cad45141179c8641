"""An answer that is found once for everybody."""

import asyncio

import pytest

from deployments.ingress.kept import Kept


class Finder:
    """Finds how often it was asked."""

    def __init__(self, *, fails_first: bool = False) -> None:
        self.asked = 0
        self._fails_first = fails_first

    async def find(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self._fails_first and self.asked == 1:
            raise OSError("away")
        return self.asked


def test_those_who_ask_at_once_get_one_answer() -> None:
    finder = Finder()

    async def scenario() -> list[int]:
        kept = Kept(finder.find, keep_s=60)
        return await asyncio.gather(*(kept.get() for _ in range(5)))

    assert asyncio.run(scenario()) == [1] * 5


def test_an_old_answer_is_found_anew() -> None:
    async def scenario() -> list[int]:
        kept = Kept(Finder().find, keep_s=0)
        return [await kept.get(), await kept.get()]

    assert asyncio.run(scenario()) == [1, 2]


def test_an_error_is_not_kept() -> None:
    async def scenario() -> int:
        kept = Kept(Finder(fails_first=True).find, keep_s=60)
        with pytest.raises(OSError, match="away"):
            await kept.get()
        return await kept.get()

    assert asyncio.run(scenario()) == 2
