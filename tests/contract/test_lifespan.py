"""What the application does from its start to its end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from deployments.ingress.app import create_app
from tests.contract.application import Client


class Sweeping:
    """Says when it has swept."""

    def __init__(self) -> None:
        self.swept = asyncio.Event()

    async def sweep(self) -> None:
        self.swept.set()


def test_sweeps_while_it_runs_and_ends_with_it(make_client: Callable[..., Client]) -> None:
    client = make_client(retention={"sweep_s": 1})

    async def live() -> set[str]:
        upkeep = Sweeping()
        app = create_app(replace(client.services, upkeep=upkeep), client.settings)
        async with asyncio.timeout(30), app.router.lifespan_context(app):
            await upkeep.swept.wait()
        return {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}}

    assert asyncio.run(live()) == set()
