"""How long an item of a line would wait."""

from dataclasses import dataclass

import pytest

from deployments.waiting_line import LEAST, WaitingLine


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


def serve(line: WaitingLine, clock: Clock, *, rate: float, items: int) -> None:
    """So many go a second, and for each another joins."""
    for _ in range(items):
        clock.now += 1 / rate
        line.go()
        line.join()


def drain(line: WaitingLine, clock: Clock, *, rate: float, items: int) -> None:
    for _ in range(items):
        clock.now += 1 / rate
        line.go()


def test_an_item_waits_for_those_before_it() -> None:
    clock = Clock()
    line = line_of(40, clock)
    serve(line, clock, rate=10, items=50)
    assert line.wait_s == pytest.approx(4)
    for _ in range(20):
        line.give_up()
    assert line.wait_s == pytest.approx(2)


def test_a_stage_that_gets_faster_shortens_the_wait() -> None:
    clock = Clock()
    line = line_of(40, clock)
    serve(line, clock, rate=10, items=50)
    serve(line, clock, rate=20, items=50)
    assert line.wait_s == pytest.approx(2)


def test_a_slow_stage_is_judged_by_its_own_pace() -> None:
    clock = Clock()
    line = line_of(LEAST + 8, clock)
    for _ in range(5):  # a call of eight items takes 3.5 s
        clock.now += 3.5
        for _ in range(8):
            line.go()
            line.join()
    clock.now += 3.4
    assert 3.5 < line.wait_s < 9


def test_a_line_that_stands_still_waits_as_long_as_it_stands() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    clock.now += 0.4
    assert line.wait_s == pytest.approx(0.4)
    clock.now += 60
    assert line.wait_s == pytest.approx(60.4)


def test_a_line_that_has_stopped_gets_longer() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    serve(line, clock, rate=50, items=50)
    before = line.wait_s
    clock.now += 10
    assert before < 0.2
    assert line.wait_s > 2


def test_who_gives_up_says_nothing_of_the_pace() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    for _ in range(100):
        clock.now += 0.1
        line.give_up()
        line.join()
    assert line.wait_s == pytest.approx(10)


def test_a_short_line_is_not_judged() -> None:
    clock = Clock()
    line = line_of(LEAST - 1, clock)
    clock.now += 60
    assert line.wait_s == 0


def test_a_line_kept_at_its_least_is_not_taken_for_a_quiet_one() -> None:
    clock = Clock()
    line = line_of(LEAST, clock)
    for _ in range(20):
        clock.now += 1
        line.go()
        assert line.wait_s == 0
        line.join()
    assert line.wait_s == pytest.approx(LEAST)


def test_a_stall_refuses_nobody_once_it_is_over() -> None:
    clock = Clock()
    line = line_of(10, clock)
    clock.now += 5
    assert line.wait_s == pytest.approx(5)
    drain(line, clock, rate=50, items=10)
    for _ in range(20):
        for _ in range(20):
            line.join()
            assert line.wait_s < 1
        drain(line, clock, rate=50, items=20)
        clock.now += 2
