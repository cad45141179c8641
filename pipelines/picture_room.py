"""How many pictures are held at once, beside what requests bring themselves."""

import asyncio
from typing import Final

MOST_OF_ONE: Final = 2
"""Pictures that one request may ask room for: of a vehicle and of its driver."""


class PictureRoom:
    """Places for pictures; who finds too few waits for his turn. Use it from one event loop.

    Args:
        pictures: How many there are; at least as many as one request may ask for.
    """

    def __init__(self, pictures: int) -> None:
        self._places = asyncio.Semaphore(max(MOST_OF_ONE, pictures))
        # One at a time: two that have one of two places each would wait for each other for ever.
        self._entrance = asyncio.Lock()

    async def enter(self, pictures: int) -> None:
        """Wait until there are as many places, and take them."""
        async with self._entrance:
            for taken in range(pictures):
                try:
                    await self._places.acquire()
                except asyncio.CancelledError:
                    self.leave(taken)
                    raise

    def leave(self, pictures: int) -> None:
        """Give so many places back."""
        for _ in range(pictures):
            self._places.release()


class RoomOfOne:
    """The places of one request, which are taken all at once when the first is needed.

    Args:
        room: Where they are.
        pictures: How many, at most ``MOST_OF_ONE``.
    """

    def __init__(self, room: PictureRoom, pictures: int) -> None:
        self._room = room
        self._pictures = pictures
        self._taken = 0
        self._entering = asyncio.Lock()

    async def enter(self) -> None:
        """Take the places, unless they are taken."""
        async with self._entering:
            if not self._taken:
                await self._room.enter(self._pictures)
                self._taken = self._pictures

    def leave(self) -> None:
        """Give back what was taken."""
        self._room.leave(self._taken)
        self._taken = 0
