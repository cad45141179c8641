"""The process of an IsolatedWorker: does items with the worker of a recipe.

It reads pickles from standard input, first the recipe and the threads that OpenCV may use, then
items, as often as they come; and writes an Answer after another. It ends with its parent, and
whatever a worker raises is an answer.
"""

import asyncio
import atexit
import os
import pickle  # nosec B403 - between a process of ours and its own child
import queue
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

import cv2

from pipelines.bulk.engine_process import Answer
from pipelines.bulk.source import Item
from pipelines.bulk.work import Worker
from pipelines.errors import GatehouseError, Unavailable

Asked = queue.Queue[Sequence[Item]]


class _Named:
    """Gives what a worker raises a name of the tree; it may be any exception."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, GatehouseError):
            raise Unavailable(f"{type(error).__name__}: {error}") from error


def main() -> None:
    """Runs the child until its standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    recipe, threads = pickle.load(sys.stdin.buffer)  # nosec B301
    # At its end the interpreter would abort: the thread that listens holds a lock.
    atexit.register(os._exit, 1)
    asked: Asked = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    cv2.setNumThreads(threads)
    try:
        with _Named():
            worker: Worker = recipe.worker()
    except GatehouseError as error:
        _send(answers, Answer(over=True, error=error))
        os._exit(0)
    _send(answers, Answer(over=True))
    with asyncio.Runner() as runner:
        while True:
            _send(answers, runner.run(_last(worker, asked.get(), answers)))


def _listen(commands: BinaryIO, asked: Asked) -> None:
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            asked.put(pickle.load(commands))  # nosec B301
    os._exit(0)


async def _last(worker: Worker, items: Sequence[Item], answers: BinaryIO) -> Answer:
    """The answer that ends those about items; the others are sent as they come."""
    try:
        with _Named():
            async for rows in worker.rows(items):
                _send(answers, Answer(rows))
    except GatehouseError as error:
        return Answer(over=True, error=error)
    return Answer(over=True)


def _send(answers: BinaryIO, answer: Answer) -> None:
    pickle.dump(answer, answers)
    answers.flush()


if __name__ == "__main__":
    main()
