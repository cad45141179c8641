"""What a run came to, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.serve.chaos.kills import Kill
from tests.serve.operations import Found, Look, Named, Operation, Search

_SHOWN = 8


@dataclass
class Report:
    """The outcome of one run.

    Attributes:
        title: What was run.
        took_s: From the first call to the last.
        operations: Every call with its outcome.
        statuses: Requests by kind of call and HTTP status or failure.
        failures: By status and message.
        kills: In order.
        facts: Further counts that are no violations.
        violations: What is wrong, by kind, each in a sentence or more.
    """

    title: str
    took_s: float
    operations: Sequence[Operation]
    statuses: Mapping[tuple[str, str], int]
    failures: Mapping[tuple[str, str], int]
    kills: Sequence[Kill]
    facts: dict[str, int | float] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)

    @property
    def violated(self) -> int:
        """How many violations there are."""
        return sum(map(len, self.violations.values()))

    def text(self) -> str:
        """Tables for people."""
        parts = [self.title, _outcomes(self.operations), _by_status(self.statuses)]
        parts += ["\n".join(_by_message(self.failures))]
        parts += [_recoveries(self.kills, self.operations), _facts(self.facts)]
        parts += [_facts({kind: len(found) for kind, found in self.violations.items()})]
        parts += [f"violations: {self.violated}"]
        shown = [one for found in self.violations.values() for one in found[:_SHOWN]]
        return "\n\n".join(part for part in [*parts, *shown] if part) + "\n"


def recoveries(kills: Sequence[Kill], operations: Sequence[Operation]) -> dict[str, list[float]]:
    """Seconds from each kill to the first answer to a request that was sent after it, by kind.

    A kill that another one follows before there is an answer has no time of its own.
    """
    answered = sorted((one for one in operations if one.answer), key=lambda one: one.answered_at)
    found: dict[str, list[float]] = {}
    dealt = sorted(kills, key=lambda kill: kill.at)
    ends = [*(kill.at for kill in dealt[1:]), float("inf")]
    for kill, end in zip(dealt, ends, strict=True):
        first = next((one for one in answered if one.invoked_at >= kill.at), None)
        if first is not None and first.answered_at <= end:
            found.setdefault(kill.kind, []).append(first.answered_at - kill.at)
    return found


def _outcomes(operations: Sequence[Operation]) -> str:
    counts: dict[str, Counter[str]] = {}
    for one in operations:
        of_kind = counts.setdefault(type(one.call).__name__, Counter())
        of_kind["no answer" if one.answer is None else type(one.answer).__name__] += 1
    rows = [
        (kind, sum(of_kind.values()), ", ".join(f"{n} {what}" for what, n in of_kind.most_common()))
        for kind, of_kind in sorted(counts.items())
    ]
    searches = sum(isinstance(one.answer, Found | Named) for one in operations)
    lines = [f"  {kind:<11}{count:>6}   {outcomes}" for kind, count, outcomes in rows]
    writes = [one for one in operations if not isinstance(one.call, Search | Look)]
    answered = sum(one.answer is not None for one in writes)
    head = (
        f"calls: {len(operations)}; to change something: {len(writes)}, answered {answered}; "
        f"searches checked: {searches}"
    )
    return "\n".join([head, *lines])


def _by_status(statuses: Mapping[tuple[str, str], int]) -> str:
    totals: Counter[str] = Counter()
    for (_, status), count in statuses.items():
        totals[status] += count
    return "requests: " + ", ".join(f"{count} x {status}" for status, count in totals.most_common())


def _by_message(failures: Mapping[tuple[str, str], int]) -> list[str]:
    shown = Counter(failures).most_common(_SHOWN)
    return [f"  {count} x {status}: {message}" for (status, message), count in shown]


def _recoveries(kills: Sequence[Kill], operations: Sequence[Operation]) -> str:
    hit = Counter(kill.kind for kill in kills if kill.hit)
    missed = Counter(kill.kind for kill in kills if not kill.hit)
    times = recoveries(kills, operations)
    lines = [f"kills: {hit.total()}; seconds to the first answer to a request sent after one"]
    for kind in sorted(hit | missed):
        of_kind = times.get(kind) or [float("nan")]
        late = f", {missed[kind]} found nothing to kill" if missed[kind] else ""
        lines.append(
            f"  {kind:<28}{hit[kind]:>4}   median {median(of_kind):.1f}, most {max(of_kind):.1f}"
            + late
        )
    return "\n".join(lines)


def _facts(facts: Mapping[str, int | float]) -> str:
    return "\n".join(f"  {name:<46}{value:>8g}" for name, value in facts.items())
