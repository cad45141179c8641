"""What is done in the background while the application runs."""

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from deployments.ingress.sweeps import sweep_regularly
from pipelines.errors import GalleryUnavailable


@dataclass
class Counting:
    """Fails at first; the third sweep never ends."""

    failure: Exception
    swept: int = 0
    third: asyncio.Event = field(default_factory=asyncio.Event)
    cut_off: bool = False

    async def sweep(self) -> None:
        self.swept += 1
        if self.swept == 1:
            raise self.failure
        if self.swept == 3:
            self.third.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cut_off = True


@pytest.mark.parametrize("failure", [GalleryUnavailable("away"), KeyError("away")])
def test_a_sweep_that_fails_is_logged_by_name_and_the_next_one_comes(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> Counting:
        upkeep = Counting(failure)
        sweeping = asyncio.create_task(sweep_regularly(upkeep, 0.0))
        async with asyncio.timeout(20):
            await upkeep.third.wait()
        sweeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sweeping
        return upkeep

    with caplog.at_level(logging.ERROR):
        upkeep = asyncio.run(run())
    assert (upkeep.swept, upkeep.cut_off) == (3, True)
    assert caplog.messages == [f"the sweep failed: {type(failure).__name__}: {failure}"]
