"""The project's pipelines in a loop: a command a line on stdin, what came of it a line on stdout.

A command names pictures and seconds; see ``loops``.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import cv2

from configs.settings import Settings
from pipelines.errors import GatehouseError
from tests.bench.throughput.local_pipeline import LocalPipeline


async def looped(pipeline: LocalPipeline, command: dict[str, Any]) -> dict[str, Any]:
    """Ask the pipeline picture after picture until the time is over.

    Args:
        pipeline: What is asked.
        command: ``work``, ``paths``, ``first`` (the picture to begin with) and ``seconds``.

    Returns:
        ``asked``: picture, seconds, plates and driver of each; ``elapsed_s`` and ``cpu_s`` of all.
    """
    pictures = [Path(path).read_bytes() for path in command["paths"]]
    work, place, asked = command["work"], command["first"], []
    cpu_s, began = time.process_time(), time.perf_counter()
    ended = began
    while ended - began < command["seconds"]:
        picture, started = place % len(pictures), ended
        plates = [await pipeline.plate(pictures[picture])] if work != "drivers" else []
        driver = await pipeline.driver(pictures[picture]) if work != "plates" else None
        ended = time.perf_counter()
        asked.append([picture, ended - started, plates, driver])
        place += 1
    return {"asked": asked, "elapsed_s": ended - began, "cpu_s": time.process_time() - cpu_s}


def main(arguments: list[str]) -> int:
    """Answers commands until stdin ends."""
    # Libraries print to stdout, which belongs to the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    cv2.setNumThreads(1)
    try:
        document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        pipeline = LocalPipeline(Settings.model_validate(document))
    except (GatehouseError, ValueError) as error:
        answers.write(json.dumps({"failed": str(error)}) + "\n")
        answers.flush()
        return 1
    answers.write(json.dumps({"ready": "bare engines"}) + "\n")
    answers.flush()
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            answers.write(json.dumps(runner.run(looped(pipeline, json.loads(line)))) + "\n")
            answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
