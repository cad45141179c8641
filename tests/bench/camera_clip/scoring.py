"""Events held against who passed."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.cameras.likeness import folded


@dataclass(frozen=True, slots=True)
class Score:
    """What the events of a clip are worth.

    Attributes:
        present: Different vehicles, or people, that passed.
        events: Events raised.
        right: Those of ``present`` with an event.
        duplicates: Further events of one of them.
        wrong: Names of events that nobody bears who passed.
        missed: Names of those without an event.
    """

    present: int
    events: int
    right: int
    duplicates: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def score(passed: Sequence[str], raised: Sequence[str]) -> Score:
    """Holds the names of events against those of who passed, O as 0 and I as 1.

    Args:
        passed: Who passed; one that passes twice counts once.
        raised: The texts, or people, of the events.
    """
    present = {folded(name): name for name in passed}
    found = [folded(name) for name in raised]
    right = {name for name in found if name in present}
    return Score(
        present=len(present),
        events=len(found),
        right=len(right),
        duplicates=sum(name in present for name in found) - len(right),
        wrong=tuple(name for name in raised if folded(name) not in present),
        missed=tuple(name for key, name in present.items() if key not in right),
    )


def told(kind: str, one: Score) -> str:
    """A score as a line."""
    wrong = f" ({', '.join(one.wrong)})" if one.wrong else ""
    missed = f" ({', '.join(one.missed)})" if one.missed else ""
    return (
        f"{kind}: {one.present} present, {one.events} events: {one.right} right, "
        f"{one.duplicates} duplicates, {len(one.wrong)} wrong{wrong}; "
        f"{len(one.missed)} missed{missed}"
    )
