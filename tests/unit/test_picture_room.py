"""Places for pictures."""

import asyncio

from pipelines.picture_room import PictureRoom, RoomOfOne

LONGEST_S = 30


def test_requests_for_two_pictures_do_not_wait_for_each_other_for_ever() -> None:
    async def run() -> list[int]:
        room = PictureRoom(3)
        served: list[int] = []

        async def serve(number: int) -> None:
            mine = RoomOfOne(room, 2)
            await asyncio.gather(mine.enter(), mine.enter())
            served.append(number)
            await asyncio.sleep(0)
            mine.leave()

        async with asyncio.timeout(LONGEST_S):
            await asyncio.gather(*map(serve, range(8)))
        return served

    assert sorted(asyncio.run(run())) == [*range(8)]


def test_who_is_called_off_while_waiting_leaves_the_places_to_others() -> None:
    async def run() -> bool:
        room = PictureRoom(2)
        await room.enter(1)
        waiting = asyncio.create_task(room.enter(2))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        async with asyncio.timeout(LONGEST_S):
            await room.enter(1)
            room.leave(2)
            await room.enter(2)
        return waiting.cancelled()

    assert asyncio.run(run())
