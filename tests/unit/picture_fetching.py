"""Runs a picture source for one call, for the tests of its kinds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from configs.settings import PictureSourceSettings
from pipelines.pictures import PictureSource

T = TypeVar("T")
PICTURE = b"\xff\xd8\xff\xe0 picture"
LIMIT = 4096  # bytes


def source_settings(base_url: str, **values: float) -> PictureSourceSettings:
    return PictureSourceSettings.model_validate(
        {"base_url": base_url, "timeout_s": 5.0, "retries": 1, "max_bytes": LIMIT} | values
    )


def use(settings: PictureSourceSettings, call: Callable[[PictureSource], Awaitable[T]]) -> T:
    async def run() -> T:
        source = PictureSource(settings)
        try:
            return await call(source)
        finally:
            await source.close()

    return asyncio.run(run())


def fetch(base_url: str, pict_id: str, **values: float) -> bytes:
    return use(source_settings(base_url, **values), lambda source: source.fetch(pict_id))


async def fetch_all(source: PictureSource, pict_ids: Sequence[str]) -> list[bytes | BaseException]:
    """Fetch pictures at once: one outcome an id, in order, failures included."""
    return await asyncio.gather(*map(source.fetch, pict_ids), return_exceptions=True)
