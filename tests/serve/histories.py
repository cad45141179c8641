"""Whether what clients were told can have come from a gallery that does one thing at a time.

A history is linearizable when every call can be given one moment between its request and its
answer, so that an ideal gallery that does the calls in the order of these moments gives the same
answers. A call without an answer may take effect at any later moment, or never.

The search is that of Wing and Gong (Testing and verifying concurrent objects, 1993) with Lowe's
memory of what was tried (Testing for linearizability, 2017). People are independent of one another,
and histories are linearizable when each person's is (Herlihy and Wing, 1990): so each is searched
for itself, and histories stay short.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.serve.ideal import State, effects, living
from tests.serve.operations import (
    Call,
    Found,
    Look,
    Merge,
    Named,
    Operation,
    Record,
    Register,
    Registered,
    Search,
)


class Violation(StrEnum):
    """What an answer that no ideal gallery gives amounts to."""

    LOST = "acknowledged, but not found"
    RESURRECTED = "erased, but found"
    INVENTED = "found, but never registered"
    SPLIT = "there in part"
    MISJUDGED = "a write answered against what was stored"
    SHARED_ID = "one id for two drivers"
    SEQUENCE_FELL = "a later search is older than an earlier one"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation and the answer that shows it.

    Attributes:
        operation: The first answer that does not fit those before it.
        expected: The states that answer may have been given from.
        history: The person's calls up to it.
    """

    violation: Violation
    operation: Operation
    expected: tuple[State, ...] = ()
    history: tuple[Operation, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.violation}: person {self.operation.person}, {_told(self.operation)}"]
        lines += [f"  possible before it: {state}" for state in self.expected[:8]]
        lines += [f"  {_told(one)}" for one in self.history]
        return "\n".join(lines)


def check(history: Iterable[Operation]) -> list[Finding]:
    """Find what is wrong with a history: at most one finding a person for the order of its calls.

    Args:
        history: Calls about any number of people, in any order.
    """
    operations = list(history)
    people: dict[int, list[Operation]] = defaultdict(list)
    for operation in operations:
        people[operation.person].append(operation)
    findings = [found for one in people.values() if (found := _first_misfit(one))]
    return findings + _shared_ids(operations) + fallen_sequences(operations)


def linearizable(operations: Sequence[Operation]) -> bool:
    """Whether calls about one person can have come from an ideal gallery."""
    return bool(_ends(operations, first_only=True))


def fallen_sequences(operations: Iterable[Operation]) -> list[Finding]:
    """Searches that answer an older state than a search that had ended before they began."""
    findings = []
    begun = sorted(
        (one for one in operations if isinstance(one.answer, Found) and one.answer.sequence),
        key=lambda one: one.invoked_at,
    )
    ended = sorted(begun, key=lambda one: one.answered_at)
    newest, place = 0, 0
    for operation in begun:
        while ended[place].answered_at < operation.invoked_at:
            newest = max(newest, _sequence(ended[place]))
            place += 1
        if _sequence(operation) < newest:
            findings.append(Finding(Violation.SEQUENCE_FELL, operation))
    return findings


def _sequence(operation: Operation) -> int:
    assert isinstance(operation.answer, Found)
    return operation.answer.sequence or 0


def _shared_ids(operations: Sequence[Operation]) -> list[Finding]:
    """Ids that were answered to two registrations, or for the faces of two people."""
    findings = []
    owners: dict[int, Operation] = {}
    for operation in operations:
        told = operation.answer
        ids = set(_told_ids(operation))
        twice = {
            one
            for one in ids & owners.keys()
            if owners[one].person != operation.person
            or (isinstance(told, Registered) and isinstance(owners[one].answer, Registered))
        }
        findings += [
            Finding(Violation.SHARED_ID, operation, history=(owners[one], operation))
            for one in sorted(twice)
        ]
        for one in ids:
            if one not in owners or isinstance(told, Registered):
                owners[one] = operation
    return findings


def _told_ids(operation: Operation) -> Iterable[int]:
    match operation.answer:
        case Registered(driver_id):
            return [driver_id]
        case Found(driver_ids):
            return driver_ids
        case Named(driver_id) if driver_id is not None:
            return [driver_id]
        case _:
            return []


def _named_ids(call: Call) -> Iterable[int]:
    if isinstance(call, Register | Search):
        return []
    return [call.driver_id, call.other_id] if isinstance(call, Merge) else [call.driver_id]


def _ends(operations: Sequence[Operation], *, first_only: bool = False) -> set[State]:
    """States that an ideal gallery may be in after all answered calls; none: it cannot be.

    Calls without an answer are left out, or done at any moment after their request.
    """
    history = [one for one in operations if one.answer or not isinstance(one.call, Search | Look)]
    free_ids = _free_ids(history)
    answered = sum(1 << n for n, one in enumerate(history) if one.answer)
    ends: set[State] = set()
    waiting: list[tuple[int, State]] = [(0, ())]
    tried = set(waiting)
    while waiting:
        done, state = waiting.pop()
        if done & answered == answered:
            ends.add(state)
            if first_only:
                break
        for step in _steps(history, done, state, free_ids):
            if step not in tried:
                tried.add(step)
                waiting.append(step)
    return ends


def _steps(
    history: Sequence[Operation], done: int, state: State, free_ids: frozenset[int]
) -> list[tuple[int, State]]:
    """What may be done next: a call that began before every open one was answered."""
    left = [(n, one) for n, one in enumerate(history) if not done >> n & 1]
    first_answer = min((one.answered_at for _, one in left if one.answer), default=float("inf"))
    steps = []
    for n, one in left:
        if one.invoked_at > first_answer:
            continue
        after = [(done | 1 << n, new) for new in effects(state, one, free_ids)]
        if after and one.changes_nothing:
            return after  # doing it now rules nothing out that doing it later allows
        steps += after
    return steps


def _free_ids(history: Sequence[Operation]) -> frozenset[int]:
    """Ids that came up, though no registration was answered with them."""
    seen = {one for operation in history for one in _told_ids(operation)}
    seen |= {one for operation in history for one in _named_ids(operation.call)}
    given = {one.answer.driver_id for one in history if isinstance(one.answer, Registered)}
    return frozenset(seen - given)


def _first_misfit(history: Sequence[Operation]) -> Finding | None:
    """The first answer, in the order of answers, that those before it do not allow."""
    if linearizable(history):
        return None
    answered = sorted((one for one in history if one.answer), key=lambda one: one.answered_at)
    for last in answered:
        known = [_as_known(one, last.answered_at) for one in history]
        past = [one for one in known if one.invoked_at <= last.answered_at]
        if not linearizable(past):
            before = [one for one in past if one != last]
            # The calls before it are done by its answer; those still open may be.
            states = tuple(sorted(_ends(before), key=str))
            shown = tuple(sorted(past, key=lambda one: one.invoked_at))
            return Finding(_judged(last, states, history), last, states, shown)
    raise AssertionError("a history that is not linearizable has a first prefix that is not")


def _as_known(operation: Operation, at: float) -> Operation:
    if operation.answered_at <= at:
        return operation
    return replace(operation, answered_at=float("inf"), answer=None)


def _judged(
    operation: Operation, states: Sequence[State], history: Sequence[Operation]
) -> Violation:
    erased = {one.driver_id for state in states for one in state if one.erased}
    alive = {one for state in states for one in living(state)}
    if isinstance(operation.answer, Found | Named):
        unexpected = set(_told_ids(operation)) - alive
        registered = {one.answer.driver_id for one in history if isinstance(one.answer, Registered)}
        if unexpected & erased:
            return Violation.RESURRECTED
        return Violation.INVENTED if unexpected - registered else Violation.LOST
    if isinstance(operation.call, Look):
        if not isinstance(operation.answer, Record):
            return Violation.LOST
        gone = operation.call.driver_id in erased - alive
        return Violation.RESURRECTED if gone else Violation.SPLIT
    return Violation.MISJUDGED


def _told(operation: Operation) -> str:
    answer = "no answer" if operation.answer is None else str(operation.answer)
    times = f"{operation.invoked_at:.3f} to {operation.answered_at:.3f}"
    return f"{times}, client {operation.client}: {operation.call} -> {answer}"
