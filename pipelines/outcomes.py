"""One outcome an item: a batch in which one bad picture does not fail the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pipelines.errors import GatehouseError
from pipelines.imaging import decode, open_picture
from pipelines.scalable_picture import ScalablePicture
from pipelines.types import Picture

T = TypeVar("T")
Decoded = TypeVar("Decoded")


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

    def opened(data: bytes) -> tuple[Picture, int]:
        picture = decode(data, max_pixels=max_pixels)
        return picture, picture.shape[0] * picture.shape[1]

    return _run_opened(pictures, max_pixels, opened, run)


def open_and_run(
    pictures: Sequence[bytes],
    max_pixels: int,
    longer_side: int,
    run: Callable[[Sequence[ScalablePicture]], Sequence[T]],
) -> list[T | GatehouseError]:
    """Decodes each picture no finer than the engine asks for; else as ``decode_and_run``.

    Args:
        pictures: Encoded pictures.
        max_pixels: As above; a picture counts in full, as it may become that.
        longer_side: Pixels that the engine needs at first, see ``open_picture``.
        run: A batched engine call; one result a picture, in order.
    """

    def opened(data: bytes) -> tuple[ScalablePicture, int]:
        picture = open_picture(data, max_pixels=max_pixels, longer_side=longer_side)
        return picture, picture.width * picture.height

    return _run_opened(pictures, max_pixels, opened, run)


def _run_opened(
    pictures: Sequence[bytes],
    max_pixels: int,
    opened: Callable[[bytes], tuple[Decoded, int]],
    run: Callable[[Sequence[Decoded]], Sequence[T]],
) -> list[T | GatehouseError]:
    outcomes: dict[int, T | GatehouseError] = {}
    waiting: dict[int, Decoded] = {}
    held = 0
    for position, data in enumerate(pictures):
        try:
            picture, pixels = opened(data)
        except GatehouseError as error:
            outcomes[position] = error
            continue
        if waiting and pixels + held > max_pixels:
            outcomes.update(zip(waiting, run([*waiting.values()]), strict=True))
            waiting.clear()
            held = 0
        waiting[position] = picture
        held += pixels
    if waiting:
        outcomes.update(zip(waiting, run([*waiting.values()]), strict=True))
    return [outcomes[position] for position in range(len(pictures))]
