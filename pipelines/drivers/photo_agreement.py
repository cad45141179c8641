"""Which of several photos show one person: those that agree, where they are more than half."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.gallery.templates import mean_direction
from pipelines.types import Vector

SAME_PICTURE: Final = 0.995
"""Cosine from which two photos count as one picture, whose agreement with itself proves nothing.
Two photos of one person reached 0.915 at most (2,089 pairs); of copies of one photo at another size
a half stay below 0.97 and count as two."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What several photos say about who is meant.

    Attributes:
        likeness: One a photo: cosine to the mean of the majority's photos or, without a majority,
            to the likest of the other pictures.
        belongs: One a photo: whether it is of the majority.
        decided: Whether there is a majority.
    """

    likeness: tuple[float, ...]
    belongs: tuple[bool, ...]
    decided: bool


def agreement(embeddings: Sequence[Vector], least: float) -> Agreement:
    """Find the person whom most photos show.

    The two photos most alike are one person's if they are alike enough; then, the likest first, all
    photos join that are like the mean of those before them; the rest is divided likewise. One
    picture sent twice has one voice.

    Args:
        embeddings: One a photo, ``(D,)`` float32 of unit L2 norm.
        least: Cosine from which two are the same person.
    """
    voices = _voices(embeddings)
    distinct = sorted(set(voices))
    groups = _groups([embeddings[one] for one in distinct], least)
    group = {distinct[place] for place in max(groups, key=len, default=[])}
    decided = 2 * len(group) > len(distinct)
    if decided:
        mean = mean_direction([embeddings[one] for one in sorted(group)])
        likeness = [float(vector @ mean) for vector in embeddings]
    else:
        likeness = [_likest(embeddings, voices, place) for place in range(len(embeddings))]
    return Agreement(
        tuple(likeness), tuple(decided and voice in group for voice in voices), decided
    )


def _voices(embeddings: Sequence[Vector]) -> list[int]:
    """For each photo the first one that is the same picture, often itself."""
    return [
        next(
            (
                other
                for other, earlier in enumerate(embeddings[:place])
                if float(vector @ earlier) >= SAME_PICTURE
            ),
            place,
        )
        for place, vector in enumerate(embeddings)
    ]


def _groups(vectors: Sequence[Vector], least: float) -> Iterator[list[int]]:
    """Divide photos into people, each found from its two photos most alike."""
    stacked = np.array(vectors)
    rest = list(range(len(vectors)))
    while rest:
        group = _seed(stacked[rest], least)
        members = [rest.pop(place) for place in sorted(group, reverse=True)]
        while rest:
            likeness = stacked[rest] @ mean_direction(stacked[members])
            best = int(likeness.argmax())
            if len(members) < 2 or likeness[best] < least:
                break
            members.append(rest.pop(best))
        yield members


def _seed(stacked: NDArray[np.float32], least: float) -> tuple[int, ...]:
    """The two most alike, or the first where no two are alike enough."""
    cosines = stacked @ stacked.T
    np.fill_diagonal(cosines, -2.0)
    first, second = divmod(int(cosines.argmax()), len(stacked))
    return (first, second) if cosines[first, second] >= least else (0,)


def _likest(embeddings: Sequence[Vector], voices: Sequence[int], place: int) -> float:
    return max(
        float(embeddings[place] @ vector)
        for vector, voice in zip(embeddings, voices, strict=True)
        if voice != voices[place]
    )
