"""The loop of the bare engines, with a pipeline that answers at once."""

import asyncio
from pathlib import Path
from typing import Any

from tests.bench.throughput.bare_worker import looped


class Pipeline:
    """Answers what the picture says."""

    async def plate(self, picture: bytes) -> str:
        return picture.decode()

    async def driver(self, picture: bytes) -> int | None:
        return len(picture)


def run(folder: Path, work: str) -> dict[str, Any]:
    paths = []
    for text in ("A", "BB"):
        path = folder / text
        path.write_text(text)
        paths.append(str(path))
    pipeline: Any = Pipeline()
    command = {"work": work, "paths": paths, "first": 3, "seconds": 0.02}
    return asyncio.run(looped(pipeline, command))


def test_pictures_are_asked_in_turn_until_the_time_is_over(tmp_path: Path) -> None:
    found = run(tmp_path, "both")

    assert [picture for picture, *_ in found["asked"][:3]] == [1, 0, 1]
    assert found["asked"][0][2:] == [["BB"], 2]
    assert found["elapsed_s"] >= 0.02
    assert sum(took for _, took, *_ in found["asked"]) <= found["elapsed_s"] + 1e-9


def test_only_what_the_work_is_about_is_asked(tmp_path: Path) -> None:
    assert run(tmp_path, "plates")["asked"][0][2:] == [["BB"], None]
    assert run(tmp_path, "drivers")["asked"][0][2:] == [[], 2]
