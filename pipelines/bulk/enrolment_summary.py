"""What came of a folder of drivers, for people."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pipelines.bulk.enrolment import Outcome
from pipelines.bulk.source import told_skipped
from pipelines.bulk.work import FAILED

_NAMED: Final = 20


def enrolment_summary(
    outcomes: Sequence[Outcome], skipped: Mapping[str, int], new: int, elapsed_s: float
) -> str:
    """Say what came of all drivers of a source, and name those who failed.

    Args:
        outcomes: One a driver.
        skipped: Files that are left out, by why.
        new: How many of the outcomes are of this run.
        elapsed_s: Of this run.
    """
    counts = Counter(one["outcome"] for one in outcomes)
    failed = sorted(
        (one for one in outcomes if one["outcome"] == FAILED), key=lambda one: str(one["name"])
    )
    codes = Counter(one["error"]["code"] for one in failed)
    rejected = Counter(reason for one in outcomes for _, reason in _rejected(one))
    lines = [f"{len(outcomes)} drivers: {_listed(counts)}"]
    if skipped:
        lines.append(told_skipped(skipped))
    lines += [
        f"{title}: {_listed(counted)}"
        for title, counted in (("failed", codes), ("photos rejected", rejected))
        if counted
    ]
    lines += [f"  {_named(one)}" for one in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"  and {len(failed) - _NAMED} more, whom the outcomes' file names")
    lines.append(f"this run: {new} drivers in {elapsed_s:.1f} s")
    return "\n".join(lines) + "\n"


def _named(outcome: Outcome) -> str:
    """A driver who failed, with the facts that the service gives."""
    error = outcome["error"]
    facts = [
        f"{name} {value}"
        for name, value in error.get("details", {}).items()
        if isinstance(value, str | int | float)
    ]
    facts += [f"{photo}: {reason}" for photo, reason in _rejected(outcome)]
    return f"{outcome['name']}: {error['code']}" + (f" ({', '.join(facts)})" if facts else "")


def _rejected(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Names of the photos that the service refused, and why."""
    for photo in outcome["photos"]:
        if photo.get("reason"):
            yield photo.get("name", "a photo"), photo["reason"]


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
