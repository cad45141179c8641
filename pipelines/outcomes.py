"""One outcome an item: a batch in which one bad picture does not fail the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pipelines.errors import GatehouseError
from pipelines.imaging import decode
from pipelines.types import Picture

T = TypeVar("T")


def decode_and_run(
    pictures: Sequence[bytes],
    max_pixels: int,
    run: Callable[[Sequence[Picture]], Sequence[T]],
) -> list[T | GatehouseError]:
    """Decodes each picture and runs the decodable ones in batches.

    Args:
        pictures: Encoded pictures.
        max_pixels: Largest width x height of one, and of all that are held decoded at once.
        run: A batched engine call; one result a picture, in order.

    Returns:
        One result or named error a picture, in order.
    """
    outcomes: dict[int, T | GatehouseError] = {}
    waiting: dict[int, Picture] = {}

    def flush() -> None:
        if waiting:
            outcomes.update(zip(waiting, run([*waiting.values()]), strict=True))
            waiting.clear()

    for position, data in enumerate(pictures):
        try:
            picture = decode(data, max_pixels=max_pixels)
        except GatehouseError as error:
            outcomes[position] = error
            continue
        if _pixels(picture) + sum(map(_pixels, waiting.values())) > max_pixels:
            flush()
        waiting[position] = picture
    flush()
    return [outcomes[position] for position in range(len(pictures))]


def _pixels(picture: Picture) -> int:
    height, width = picture.shape[:2]
    return int(height * width)
