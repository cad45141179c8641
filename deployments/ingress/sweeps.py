"""What is done in the background while the application runs."""

import asyncio
import logging

from deployments.ingress.services import Upkeep

_log = logging.getLogger(__name__)


async def sweep_regularly(upkeep: Upkeep, every_s: float) -> None:
    """Sweep again and again until cancelled; a sweep that fails is logged and the next one comes.

    Args:
        upkeep: What to sweep.
        every_s: Pause before each sweep.
    """
    while True:
        await asyncio.sleep(every_s)
        [outcome] = await asyncio.gather(upkeep.sweep(), return_exceptions=True)
        if isinstance(outcome, BaseException):
            _log.error("the sweep failed: %s: %s", type(outcome).__name__, outcome)
