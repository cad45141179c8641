"""How far a job is, as it is told."""

import io
import threading

import pytest

from deployments.bulk.counting import Counts
from deployments.bulk.progress import Progress, followed


class Clock:
    """Seconds that pass when it is told so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """Takes what a terminal would show."""

    def isatty(self) -> bool:
        return True


def test_a_log_has_a_line_every_half_minute() -> None:
    clock, log = Clock(), io.StringIO()
    progress = Progress("picture", 2000, 500, log, clock)
    for after_s, done in ((10, 500), (5, 510), (16, 650), (1, 660), (28, 600), (2, 950)):
        clock.now += after_s
        progress.reach(done)
    progress.close()
    assert log.getvalue().splitlines() == [
        "500 of 2,000 pictures are done",
        "650 of 2,000 pictures are done, 8.8 a second, 02:34 left",
        "950 of 2,000 pictures are done, 9.4 a second, 01:52 left",
    ]


def test_a_log_of_a_slow_start_tells_no_rate() -> None:
    clock, log = Clock(), io.StringIO()
    progress = Progress("event", 20, 0, log, clock)
    for done in (0, 4):
        clock.now += 31
        progress.reach(done)
    assert log.getvalue().splitlines() == [
        "0 of 20 events are done",
        "0 of 20 events are done",
        "4 of 20 events are done",
    ]


def test_a_terminal_has_a_bar_that_begins_with_what_is_done() -> None:
    screen = Terminal()
    progress = Progress("picture", 20, 5, screen)
    progress.reach(5)
    assert "starting:  25%" in screen.getvalue()
    progress.reach(10)
    progress.reach(20)
    progress.close()
    last = screen.getvalue().rstrip().rpartition("\r")[2]
    assert last.startswith("100%")
    assert "20/20" in last
    assert "pictures/s" in last


def test_what_is_looked_at_is_shown_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.bulk.progress._LOOK_EVERY_S", 0.001)
    counts, shown, enough = Counts(), list[int](), threading.Event()

    def show(count: int) -> None:
        shown.append(count)
        if count == 7:
            enough.set()

    with followed(counts.total, show):
        counts.put(1, 4)
        counts.put(2, 5)
        counts.put(1, 2)  # the part was begun anew
        assert enough.wait(10)
    assert shown[-1] == 7
    assert "progress" not in {thread.name for thread in threading.enumerate()}
