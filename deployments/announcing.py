"""Says at a start when the service is ready, and what keeps it from being so."""

import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import httpx

_PATIENCE_S: Final = 60.0
"""A start that takes longer is told of, and again as often."""

_TIMEOUT_S: Final = 2.0
_NO_ANSWER: Final = "it does not answer yet"


class Announcer:
    """Looks at a starting service and says each thing once.

    Args:
        url: Of the service.
        say: Takes whole lines.
        clock: Monotonic seconds.
    """

    def __init__(
        self, url: str, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._say = say
        self._clock = clock
        self._began = clock()
        self._told = self._began
        self._is_ready = False

    def look(self) -> None:
        """Ask once, until it was ready once; waits a few seconds at most."""
        if self._is_ready:
            return
        trouble = self._trouble()
        now = self._clock()
        if trouble is None:
            self._is_ready = True
            self._say(f"ready on {self._url} after {now - self._began:.0f} s")
        elif now - self._told >= _PATIENCE_S:
            self._told = now
            self._say(
                f"not ready after {now - self._began:.0f} s: {trouble}; `serve status` in another "
                "shell tells what each deployment lacks"
            )

    def _trouble(self) -> str | None:
        with suppress(httpx.TransportError):
            answer = httpx.get(f"{self._url}/readyz", timeout=_TIMEOUT_S, trust_env=False)
            if answer.status_code == HTTPStatus.OK:
                return None
            with suppress(ValueError, KeyError, TypeError):
                return str(answer.json()["error"]["message"])
            return f"/readyz answers {answer.status_code}"
        return _NO_ANSWER
