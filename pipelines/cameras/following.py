"""Following what passes a camera until it can be decided what it was."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from configs.camera_settings import TrackSettings
from pipelines.cameras.frames import Frame
from pipelines.cameras.tracking import Tracks
from pipelines.types import Box

Seen = TypeVar("Seen")
Seen_contra = TypeVar("Seen_contra", contravariant=True)
Outcome = TypeVar("Outcome")
Outcome_co = TypeVar("Outcome_co", covariant=True)


class Votes(Protocol[Seen_contra, Outcome_co]):
    """What was seen of one vehicle or person."""

    decided: bool
    """Whether its outcome was handed out."""

    def add(self, seen: Seen_contra, frame: Frame) -> None: ...

    def alike(self, seen: Seen_contra) -> float | None: ...

    @property
    def enough(self) -> bool: ...

    def outcome(self) -> Outcome_co | None: ...


class Following(Generic[Seen, Outcome]):
    """Follows plates or faces, and hands out each outcome once.

    Args:
        settings: What belongs together, and when it has passed.
        new_votes: Begins to count for something new.
    """

    def __init__(
        self, settings: TrackSettings, new_votes: Callable[[], Votes[Seen, Outcome]]
    ) -> None:
        self._tracks = Tracks(settings)
        self._new_votes = new_votes
        self._votes: dict[int, Votes[Seen, Outcome]] = {}

    def see(
        self, found: Sequence[tuple[Box, Seen]], frame: Frame
    ) -> Iterator[tuple[int, Outcome | None]]:
        """What is decided by one picture more: number of the track and outcome, None if unclear."""
        yield from self.pass_time(frame.at_s)
        numbers = self._tracks.assign(
            [box for box, _ in found],
            frame.at_s,
            lambda number, place: self._votes[number].alike(found[place][1]),
        )
        for number, (_, seen) in zip(numbers, found, strict=True):
            votes = self._votes.setdefault(number, self._new_votes())
            if votes.decided:
                continue  # it is only followed, so that it is not taken for something new
            votes.add(seen, frame)
            if votes.enough:
                votes.decided = True
                yield number, votes.outcome()

    def in_sight(self) -> list[int]:
        """Numbers of what has not passed yet."""
        return list(self._votes)

    def pass_time(self, at_s: float) -> Iterator[tuple[int, Outcome | None]]:
        """What is decided because it has not been seen for a while."""
        yield from self._ended(self._tracks.lost(at_s))

    def end(self) -> Iterator[tuple[int, Outcome | None]]:
        """What is decided because the stream has ended."""
        yield from self._ended(self._tracks.all_lost())

    def _ended(self, numbers: Sequence[int]) -> Iterator[tuple[int, Outcome | None]]:
        for number in numbers:
            votes = self._votes.pop(number)
            if not votes.decided:
                yield number, votes.outcome()
