"""The same pipelines behind plain FastAPI and uvicorn, as one writes it in an hour.

One process a core (``uvicorn --workers``), each with its own engines of one thread and one thread
that computes: two processes share no interpreter lock, and more threads than cores would only wait
for each other. Nothing is limited and nothing is batched.
"""

import asyncio
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import cv2
from fastapi import FastAPI, Request

from configs.settings import Settings
from tests.bench.throughput.local_pipeline import LocalPipeline

T = TypeVar("T")

SETTINGS_VARIABLE: Final = "GATEHOUSE_BENCH_SETTINGS"
"""Names the file with the settings tree as JSON."""


def create_app() -> FastAPI:
    """Builds the application; each of uvicorn's processes calls it."""
    cv2.setNumThreads(1)
    thread = ThreadPoolExecutor(1, thread_name_prefix="engines")

    async def run(work: Callable[..., T], /, *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work, *args)

    document = json.loads(Path(os.environ[SETTINGS_VARIABLE]).read_text(encoding="utf-8"))
    pipeline = LocalPipeline(Settings.model_validate(document), run)
    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/plate")
    async def plate(request: Request) -> dict[str, str]:
        return {"plate": await pipeline.plate(await request.body())}

    @app.post("/driver")
    async def driver(request: Request) -> dict[str, int | None]:
        return {"driver_id": await pipeline.driver(await request.body())}

    return app
