"""Ctrl-C and SIGTERM: the first one stops a command, the second one ends it at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_STATUS: Final = 128
"""Shells add the number of the signal."""


class Interruption:
    """What a process was told to end by.

    Attributes:
        status: The exit status that says so; 0 until then.
    """

    def __init__(self) -> None:
        self.status = 0

    def hear(self, number: int, _: FrameType | None) -> None:
        """Handle a signal.

        Raises:
            KeyboardInterrupt: It is the first one.
        """
        if self.status:
            os._exit(_STATUS + number)
        self.status = _STATUS + number
        raise KeyboardInterrupt


class Unmasked:
    """Raises a KeyboardInterrupt anew that an exception took the place of on its way through."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        cause = error
        while isinstance(cause, Exception):
            cause = cause.__cause__ or cause.__context__
        if isinstance(cause, KeyboardInterrupt) and cause is not error:
            raise KeyboardInterrupt from error


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Listen to signals as long as the block lasts."""
    interruption = Interruption()
    before = {number: signal.signal(number, interruption.hear) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
