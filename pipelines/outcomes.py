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
    """Decodes each picture and runs the decodable ones as one batch.

    Args:
        pictures: Encoded pictures.
        max_pixels: Largest width x height.
        run: A batched engine call; one result a picture, in order.

    Returns:
        One result or named error a picture, in order.
    """
    outcomes: list[T | GatehouseError | None] = [None] * len(pictures)
    decoded: list[Picture] = []
    positions: list[int] = []
    for position, data in enumerate(pictures):
        try:
            picture = decode(data, max_pixels=max_pixels)
        except GatehouseError as error:
            outcomes[position] = error
            continue
        decoded.append(picture)
        positions.append(position)
    for position, result in zip(positions, run(decoded) if decoded else (), strict=True):
        outcomes[position] = result
    return [outcome for outcome in outcomes if outcome is not None]
