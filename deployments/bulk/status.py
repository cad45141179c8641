"""What the commands end with."""

from typing import Final

DONE: Final = 0
SOME_FAILED: Final = 1
REFUSED: Final = 2
STOPPED: Final = 3
