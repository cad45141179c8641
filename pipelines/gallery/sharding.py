"""Answers of several shards joined into one of a single moment.

Each shard answers as of its own reading of the change log. Two writes that follow one another may
fall between the readings: a search that shows the second and not the first, or a driver who is
being merged with one of another shard and is found in neither, would be a state that never was.
Every answer therefore says for which stretch of the log it holds, ``unchanged_since`` to
``sequence``. Where the stretches of all shards share a change, their drivers together are what one
index of all drivers would hold at that change. It lies after every write that was acknowledged
before the search began, since each shard's reading does. Otherwise those that are behind are asked
again.
"""

from collections.abc import Sequence

from pipelines.types import GallerySearch


def behind(answers: Sequence[GallerySearch]) -> list[int]:
    """Which shards must be asked again before ``joined`` may be used."""
    newest = max(answer.unchanged_since for answer in answers)
    return [number for number, answer in enumerate(answers) if answer.sequence < newest]


def joined(answers: Sequence[GallerySearch], top_k: int) -> GallerySearch:
    """What one index of all shards' drivers would have answered.

    Args:
        answers: One a shard, none of them behind.
        top_k: Most drivers in the answer.
    """
    matches = [match for answer in answers for match in answer.matches]
    matches.sort(key=lambda match: (-match.similarity, match.driver_id))
    return GallerySearch(
        matches=tuple(matches[:top_k]),
        gallery_size=sum(answer.gallery_size for answer in answers),
        sequence=min(answer.sequence for answer in answers),
        unchanged_since=max(answer.unchanged_since for answer in answers),
        nearest=answers[0].nearest if len(answers) == 1 else None,
    )
