"""Encoded pictures on their way to the face encoder."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

from pipelines.errors import BadInput, TooLarge
from pipelines.types import Face

T = TypeVar("T")
U = TypeVar("U")

# One request may not fill the encoder's queue, whose overflow would refuse it half-way.
_ENCODED_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """An encoded picture and the name that its sender gave it."""

    name: str
    data: bytes


class FaceEncoding(Protocol):
    """Finds the faces of an encoded picture, largest first; raises UnreadablePicture."""

    async def __call__(self, picture: bytes, /) -> tuple[Face, ...]: ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a picture cannot be read."""

    reason: BadInput | TooLarge


Looked = tuple[Face, ...] | Unreadable
"""The faces of a picture, the largest first, or why it cannot be read."""


async def faces_of_each(
    encode: FaceEncoding, pictures: Sequence[NamedPicture]
) -> list[tuple[Face, ...]]:
    """Find the faces of many pictures, a few at a time; one tuple a picture, in order.

    Raises:
        UnreadablePicture, UnsupportedPicture, TooLarge: One of the pictures cannot be used;
            ``extra`` has its ``photo``, counted from 0, and its ``name``.
        Unavailable: The encoder cannot be reached.
    """
    turns = asyncio.Semaphore(_ENCODED_AT_ONCE)

    async def in_turn(place: int, picture: NamedPicture) -> tuple[Face, ...]:
        async with turns:
            try:
                return await encode(picture.data)
            except (BadInput, TooLarge) as error:
                which = {"photo": place, "name": picture.name}
                raise type(error)(error.message, error.extra | which) from error

    return await all_of(in_turn(place, picture) for place, picture in enumerate(pictures))


async def looks_at_each(encode: FaceEncoding, pictures: Sequence[NamedPicture]) -> list[Looked]:
    """Find the faces of many pictures, a few at a time; one outcome a picture, in order.

    Raises:
        Unavailable: The encoder cannot be reached.
    """
    turns = asyncio.Semaphore(_ENCODED_AT_ONCE)

    async def in_turn(picture: NamedPicture) -> Looked:
        async with turns:
            try:
                return await encode(picture.data)
            except (BadInput, TooLarge) as error:
                return Unreadable(error)

    return await all_of(map(in_turn, pictures))


async def all_of(work: Iterable[Awaitable[T]]) -> list[T]:
    """Await everything to its end, then raise the first failure in order, if any."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    results: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results


async def both_of(one: Awaitable[T], other: Awaitable[U]) -> tuple[T, U]:
    """Await two things at once and to their end, then raise the first failure, if any."""
    first, second = await asyncio.gather(one, other, return_exceptions=True)
    for outcome in (first, second):
        if isinstance(outcome, BaseException):
            raise outcome
    return cast(T, first), cast(U, second)
