"""Says at a start when the service is ready, and what keeps it from being so."""

import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx
import psutil

_PATIENCE_S: Final = 60.0
"""A start that takes longer is told of, and again as often."""

_TIMEOUT_S: Final = 2.0
_NO_ANSWER: Final = "it does not answer yet"
_LOG_FOLDER: Final = "--log-dir="
_DASHBOARD: Final = re.compile(r"Dashboard head http address: (\S+)")


class Announcer:
    """Looks at a starting service and says each thing once.

    Args:
        url: Of the service.
        say: Takes whole lines.
        ask: The command that tells more, as ``status_command`` finds it.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        url: str,
        say: Callable[[str], object],
        ask: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._say = say
        self._ask = ask
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
                f"not ready after {now - self._began:.0f} s: {trouble}; `{self._ask()}` in "
                "another shell tells what each deployment lacks"
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


def status_command(family: Iterable[psutil.Process]) -> str:
    """The command that asks Serve for its state, to be run in any folder.

    Args:
        family: The processes of the service. Ray's dashboard among them has logged where it
            listens: another service may have had its usual port. Where none has, the command asks
            the address that the environment says, or the usual one.
    """
    address = next(filter(None, map(_dashboard_of, family)), None)
    usual = os.environ.get("RAY_DASHBOARD_ADDRESS")
    named = f"http://{address}" if address else usual
    variables = [f"RAY_DASHBOARD_ADDRESS={shlex.quote(named)}"] if named else []
    mode = shlex.quote(os.environ.get("RAY_AUTH_MODE", "token"))
    serve = shlex.quote(str(Path(sys.executable).with_name("serve")))
    return " ".join([*variables, f"RAY_AUTH_MODE={mode}", serve, "status"])


def _dashboard_of(process: psutil.Process) -> str | None:
    """Where a process listens that is Ray's dashboard; None of any other."""
    with suppress(psutil.Error, OSError):
        command = process.cmdline()
        if not any(part.endswith("/dashboard/dashboard.py") for part in command):
            return None
        folders = [part.removeprefix(_LOG_FOLDER) for part in command if _LOG_FOLDER in part]
        for folder in folders:
            log = (Path(folder) / "dashboard.log").read_text(encoding="utf-8", errors="replace")
            if found := _DASHBOARD.findall(log):
                return str(found[-1])
    return None
