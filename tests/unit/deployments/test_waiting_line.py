"""How long an item of a line would wait."""

import math
from dataclasses import dataclass

import pytest

from deployments.waiting_line import KEPT_S, LEAST, WINDOW_S, WaitingLine


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def line_of(length: int, clock: Clock) -> WaitingLine:
    line = WaitingLine(clock)
    for _ in range(length):
        line.join()
    return line


def serve(line: WaitingLine, clock: Clock, *, rate: float, seconds: float) -> None:
    """So many go a second, and for each another joins."""
    for _ in range(round(rate * seconds)):
        clock.now += 1 / rate
        line.go()
        line.join()


def test_an_item_waits_for_those_before_it() -> None:
    clock = Clock()
    line = line_of(40, clock)
    serve(line, clock, rate=10, seconds=5)
    assert line.wait_s == pytest.approx(4, rel=0.05)
    for _ in range(20):
        line.give_up()
    assert line.wait_s == pytest.approx(2, rel=0.05)


def test_a_stage_that_gets_faster_shortens_the_wait() -> None:
    clock = Clock()
    line = line_of(40, clock)
    serve(line, clock, rate=10, seconds=5)
    serve(line, clock, rate=20, seconds=WINDOW_S)
    assert line.wait_s == pytest.approx(2, rel=0.05)


def test_a_line_that_stands_still_has_no_end() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += WINDOW_S
    assert line.wait_s == math.inf


def test_who_gives_up_says_nothing_of_the_pace() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    for _ in range(100):
        clock.now += 0.1
        line.give_up()
        line.join()
    assert line.wait_s == math.inf


def test_a_short_line_is_not_judged() -> None:
    clock = Clock()
    line = line_of(LEAST - 1, clock)
    clock.now += 60
    assert line.wait_s == 0


def test_nothing_is_judged_before_a_second_was_seen() -> None:
    clock = Clock()
    line = line_of(64, clock)
    clock.now += 0.9
    assert line.wait_s == 0
    clock.now += 0.2
    assert line.wait_s == math.inf


def test_a_line_kept_at_its_least_is_not_taken_for_a_quiet_one() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += WINDOW_S
    for _ in range(20):
        clock.now += 1
        line.go()
        assert line.wait_s == 0
        line.join()
        assert line.wait_s > 2


def quiet_after(pace: float, clock: Clock) -> WaitingLine:
    """A line that was long at this pace, and has ended."""
    line = line_of(LEAST, clock)
    serve(line, clock, rate=pace, seconds=WINDOW_S)
    for _ in range(LEAST):
        line.give_up()
    return line


def test_the_next_line_is_judged_at_once_by_the_pace_of_the_last() -> None:
    clock = Clock()
    line = quiet_after(4, clock)
    clock.now += KEPT_S - 1
    for _ in range(LEAST):
        line.join()
    assert line.wait_s == pytest.approx(LEAST / 4, rel=0.1)
    serve(line, clock, rate=20, seconds=WINDOW_S)
    assert line.wait_s == pytest.approx(LEAST / 20, rel=0.1)


def test_a_pace_of_long_ago_is_forgotten() -> None:
    clock = Clock()
    line = quiet_after(4, clock)
    clock.now += KEPT_S + 1
    for _ in range(LEAST):
        line.join()
    assert line.wait_s == 0
    clock.now += 1.1
    assert line.wait_s == math.inf


def test_short_bursts_do_not_keep_an_old_pace() -> None:
    clock = Clock()
    line = quiet_after(4, clock)
    for _ in range(3):
        clock.now += KEPT_S / 2
        for _ in range(LEAST):
            line.join()
        for _ in range(LEAST):
            line.go()
    for _ in range(LEAST):
        line.join()
    assert line.wait_s == 0
