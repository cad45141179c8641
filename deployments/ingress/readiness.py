"""Whether the stages behind the routes answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from deployments.ingress.kept import Kept
from pipelines.errors import GatehouseError, Unavailable

_log = logging.getLogger(__name__)

Probe = Callable[[], Awaitable[object]]
"""One tiny use of a stage; raises where the stage does not work."""


class Readiness:
    """Asks every stage, at most once in ``keep_s`` however often it is called.

    Args:
        probes: By the name of the stage.
        timeout_s: A stage that takes longer is not ready.
        keep_s: How long a finding holds.
    """

    def __init__(self, probes: Mapping[str, Probe], timeout_s: float, keep_s: float) -> None:
        self._probes = probes
        self._timeout_s = timeout_s
        self._not_ready = Kept(self._ask, keep_s)

    async def check(self) -> None:
        """Returns when every stage is ready.

        Raises:
            Unavailable: The message and ``not_ready`` name each stage that is not, and why.
        """
        found = await self._not_ready.get()
        if found:
            raise Unavailable(f"not ready: {', '.join(found)}", {"not_ready": found})

    async def _ask(self) -> dict[str, str]:
        """The stages that are not ready, and why."""
        outcomes = await asyncio.gather(
            *(self._in_time(probe) for probe in self._probes.values()), return_exceptions=True
        )
        return {
            stage: self._reason(stage, outcome)
            for stage, outcome in zip(self._probes, outcomes, strict=True)
            if isinstance(outcome, BaseException)
        }

    async def _in_time(self, probe: Probe) -> None:
        async with asyncio.timeout(self._timeout_s):
            await probe()

    def _reason(self, stage: str, error: BaseException) -> str:
        if isinstance(error, GatehouseError):
            return error.message
        if isinstance(error, TimeoutError):
            return f"no answer in {self._timeout_s:g} s"
        _log.error("%s fails", stage, exc_info=error)
        return "it fails, see the log"
