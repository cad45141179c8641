"""A run of a job: what is left to do, and what came of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.planning import Part, parts_of, planned, size_for, unfinished
from pipelines.bulk.source import told_skipped
from pipelines.bulk.work import FAILED, Recipe


@dataclass(frozen=True, slots=True)
class Done:
    """A part that was done and stored.

    Attributes:
        items: How many it has.
        began_at: Seconds since 1970.
        ended_at: The same.
    """

    items: int
    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a job.

    Attributes:
        parts: Not done yet.
        items: In all parts of the job.
        skipped: Files of the source that the job leaves out, by what their names are.
    """

    parts: tuple[Part, ...]
    items: int
    skipped: Mapping[str, int]

    @property
    def finished(self) -> int:
        """Items that are done already."""
        return self.stored(())

    def stored(self, finished: Collection[int]) -> int:
        """Items that are done when further parts of these numbers are."""
        left = (len(part.items) for part in self.parts if part.number not in finished)
        return self.items - sum(left)


async def left_of(
    recipe: Recipe, folder: JobFolder, workers: int, part_size: int | None = None
) -> Left:
    """Begin a job or go on with it.

    Args:
        recipe: The job.
        folder: Its folder.
        workers: That it will have, roughly.
        part_size: Items of a new part; None chooses.

    Raises:
        ConfigurationError: The folder holds something else, or there is nothing to do.
        Unavailable: Source or folder cannot be used now.
    """
    record, found = recipe.record(), await recipe.found()
    await folder.enter(record)
    plans = await folder.plans()
    size = part_size or size_for(len(found.items), workers)
    further = planned(found.items, plans, recipe.identity, size)
    if further is not None:
        await folder.add_plan(further, len(plans) + 1)
        plans.append(further)
    left = unfinished(plans, await folder.finished())
    items = sum(len(part.items) for part in parts_of(plans))
    return Left(tuple(left), items, found.skipped)


def summary(
    outcomes: Counter[tuple[str, str]],
    skipped: Mapping[str, int],
    done: Sequence[Done],
    unit: str,
    elapsed_s: float,
) -> str:
    """Say what came of a job and of this run of it.

    Args:
        outcomes: How many items of the whole job have each outcome and error code.
        skipped: Files that are left out, by what their names are.
        done: Parts that this run did.
        unit: What an item is called.
        elapsed_s: Of this run, start included.
    """
    counts: Counter[str] = Counter()
    for (outcome, _), count in outcomes.items():
        counts[outcome] += count
    failures = sorted((code, count) for (_, code), count in outcomes.items() if code)
    said = [f"{count} {outcome}" for outcome, count in sorted(counts.items()) if outcome != FAILED]
    if failures:
        codes = ", ".join(f"{code} {count}" for code, count in failures)
        said.append(f"{counts[FAILED]} {FAILED} ({codes})")
    whole = f"{counts.total()} {unit}s: {', '.join(said)}"
    if skipped:
        whole += f"\n{told_skipped(skipped)}"
    items = sum(one.items for one in done)
    if not done:
        return f"{whole}\nthis run: nothing was left to do\n"
    worked_s = max(one.ended_at for one in done) - min(one.began_at for one in done)
    return (
        f"{whole}\nthis run: {items} {unit}s in {worked_s:.1f} s, {items / worked_s:.1f} a second; "
        f"with the start {elapsed_s:.1f} s\n"
    )
