"""How far a job is: a bar on a terminal, a line now and then in a log."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from tqdm import tqdm

PROGRESS: Final = "progress"
"""The name of the thread that looks."""

_LINE_EVERY_S: Final = 30.0
_LOOK_EVERY_S: Final = 1.0


class Progress:
    """Tells how far a job is, how fast it goes and how long it will take.

    The rate is that of this run, from the first items on: the start of the workers is left out.

    Args:
        unit: What an item is called.
        items: In all.
        before: That were done when this run began.
        screen: Where it is told.
        clock: Seconds.
    """

    def __init__(
        self,
        unit: str,
        items: int,
        before: int,
        screen: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._unit = unit
        self._items = items
        self._done = before
        self._screen = screen
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._told_at = clock()
        self._bar = None
        if screen.isatty():
            self._bar = tqdm(
                total=items,
                initial=before,
                unit=f" {unit}s",
                file=screen,
                smoothing=0,
                desc="starting",
            )
        else:
            self._write()

    def reach(self, done: int) -> None:
        """Take note of how many items are done; never fewer than before."""
        if done > self._done and self._first is None:
            self._first = self._clock(), done
            if self._bar is not None:
                self._bar.set_description(refresh=False)
                self._bar.initial = self._bar.n = done
                self._bar.unpause()
        self._done = max(done, self._done)
        if self._bar is not None:
            self._bar.update(self._done - self._bar.n)
        elif self._clock() - self._told_at >= _LINE_EVERY_S:
            self._told_at = self._clock()
            self._write()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def _write(self) -> None:
        self._screen.write(f"{self._line()}\n")
        self._screen.flush()

    def _line(self) -> str:
        said = f"{self._done:,} of {self._items:,} {self._unit}s are done"
        if self._first is None:
            return said
        at, count = self._first
        rate = (self._done - count) / max(self._clock() - at, 1e-9)
        if not rate:
            return said
        left = tqdm.format_interval((self._items - self._done) / rate)
        return f"{said}, {rate:.1f} a second, {left} left"


@contextmanager
def followed(look: Callable[[], int], show: Callable[[int], None]) -> Iterator[None]:
    """Show, as long as the block lasts, what a look at the job says, every second."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(_LOOK_EVERY_S):
            show(look())

    thread = threading.Thread(target=follow, name=PROGRESS, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
