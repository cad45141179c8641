"""How long a line of requests may be, and who stands in it."""

import asyncio
from dataclasses import dataclass

from starlette.types import Message

from deployments.ingress.waiting_line import LEAST, WINDOW_S, Place, WaitingLine

MAX_WAIT_S = 3.0


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def line_of(length: int, clock: Clock) -> WaitingLine:
    line = WaitingLine(MAX_WAIT_S, clock)
    for _ in range(length):
        line.join()
    return line


def answer(line: WaitingLine, clock: Clock, rate: float, seconds: float, admits: bool) -> None:
    """So many leave a second, and for each another joins where it ``admits``."""
    for _ in range(round(rate * seconds)):
        clock.now += 1 / rate
        line.leave(answered=True)
        if admits:
            line.join()


def test_a_line_is_full_where_one_more_would_wait_too_long() -> None:
    clock = Clock()
    line = line_of(40, clock)
    answer(line, clock, rate=10, seconds=5, admits=True)
    assert line.is_full  # 40 before it, 10 a second: 4 s
    answer(line, clock, rate=10, seconds=0.9, admits=False)
    assert line.is_full
    answer(line, clock, rate=10, seconds=0.2, admits=False)
    assert not line.is_full  # 29 of them: 2.9 s


def test_a_line_that_gets_faster_takes_more() -> None:
    clock = Clock()
    line = line_of(40, clock)
    answer(line, clock, rate=10, seconds=5, admits=True)
    answer(line, clock, rate=20, seconds=WINDOW_S, admits=True)
    assert not line.is_full


def test_a_line_that_stands_still_is_full() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += WINDOW_S
    assert line.is_full


def test_who_goes_away_unanswered_says_nothing_of_the_pace() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    for _ in range(100):
        clock.now += 0.1
        line.leave(answered=False)
        line.join()
    assert line.is_full


def test_a_short_line_is_never_full() -> None:
    clock = Clock()
    line = line_of(LEAST - 1, clock)
    clock.now += 60
    assert not line.is_full


def test_nothing_is_judged_before_a_second_was_seen() -> None:
    clock = Clock()
    line = line_of(64, clock)
    assert not line.is_full
    clock.now += 0.9
    assert not line.is_full
    clock.now += 0.2
    assert line.is_full


def test_a_line_kept_at_its_least_is_not_taken_for_a_quiet_one() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += WINDOW_S
    for _ in range(20):
        clock.now += 1
        line.leave(answered=True)
        assert not line.is_full
        line.join()
        assert line.is_full


def test_a_line_that_was_short_for_a_while_is_judged_anew() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += WINDOW_S
    for _ in range(LEAST):
        line.leave(answered=True)
    clock.now += 60
    for _ in range(LEAST):
        line.join()
    assert not line.is_full


def test_without_a_longest_wait_no_line_is_full() -> None:
    clock = Clock()
    line = WaitingLine(None, clock)
    for _ in range(1000):
        line.join()
    clock.now += 60
    assert not line.is_full


def test_a_request_stands_in_line_from_the_end_of_its_body_to_its_answer() -> None:
    clock = Clock()
    line = line_of(LEAST - 1, clock)
    pieces: list[Message] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b", "more_body": False},
        {"type": "http.disconnect"},
        {"type": "http.request", "body": b"", "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return pieces.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    def is_long() -> bool:
        clock.now += WINDOW_S
        return line.is_full

    async def run() -> None:
        place = Place(line, receive, send)
        await place.receive()
        assert not is_long()
        await place.receive()
        clock.now += WINDOW_S
        assert is_long()
        await place.receive()
        assert is_long()
        await place.send({"type": "http.response.start", "status": 200})
        assert not is_long()
        await place.receive()  # what is left of a body does not join again
        place.leave()
        assert not is_long()
        line.join()
        assert is_long()

    asyncio.run(run())
    assert [message["type"] for message in sent] == ["http.response.start"]
