"""Whether the change log tells the same story as the clients."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.serve.chaos.rows import Line
from tests.serve.operations import (
    Done,
    Erase,
    Found,
    Operation,
    Register,
    Registered,
    Search,
)

_REGISTERED = "driver_registered"
_ERASED = "driver_erased"
_FACE_REMOVED = "face_removed"
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Moment:
    """A call whose place in the log is known.

    Attributes:
        sequence: A write's own number; of a search, that of the last change that it includes.
        writes: Whether the number is the call's own.
    """

    operation: Operation
    sequence: int
    writes: bool


def contradictions(
    operations: Sequence[Operation], log: Sequence[Line], people: Mapping[int, int]
) -> list[str]:
    """What clients were told against what the log says.

    Args:
        operations: All of them.
        log: In order.
        people: Driver id -> person.

    Returns:
        One sentence for each acknowledged write without a line, each pair of calls that followed
        one another and stand in the log the other way round, and each search that answered
        anything else than the drivers that the log gives for its number.
    """
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in log:
        lines[line.driver_id].append(line)
    moments, wrong = [], []
    for operation in operations:
        sequence = _sequence(operation, lines)
        if sequence is not None:
            writes = not isinstance(operation.answer, Found)
            moments.append(Moment(operation, sequence, writes))
        elif isinstance(operation.answer, Registered | Done) and _has_a_line(operation):
            wrong.append(f"acknowledged, but not in the log: {operation}")
    wrong += _out_of_order(moments)
    return wrong + list(_other_than_the_log(moments, lines, people))


def _sequence(operation: Operation, lines: Mapping[int, Sequence[Line]]) -> int | None:
    call, answer = operation.call, operation.answer
    if isinstance(answer, Found):
        return answer.sequence
    if isinstance(answer, Registered):
        return _number(lines.get(answer.driver_id, ()), _REGISTERED)
    if isinstance(answer, Done) and not isinstance(call, Register | Search):
        of_driver = lines.get(call.driver_id, ())
        if isinstance(call, Erase):
            return _number(of_driver, _ERASED)
        # A driver's first line makes version 1, and each further one the next.
        if answer.version is not None and answer.version <= len(of_driver):
            return of_driver[answer.version - 1].sequence
    return None


def _number(lines: Sequence[Line], kind: str) -> int | None:
    return next((line.sequence for line in lines if line.kind == kind), None)


def _has_a_line(operation: Operation) -> bool:
    told_version = isinstance(operation.answer, Done) and operation.answer.version is not None
    return isinstance(operation.call, Register | Erase) or told_version


def _out_of_order(moments: Sequence[Moment]) -> list[str]:
    begun = sorted(moments, key=lambda one: one.operation.invoked_at)
    ended = sorted(moments, key=lambda one: one.operation.answered_at)
    wrong: list[str] = []
    newest: Moment | None = None
    place = 0
    for moment in begun:
        while ended[place].operation.answered_at < moment.operation.invoked_at:
            if newest is None or ended[place].sequence > newest.sequence:
                newest = ended[place]
            place += 1
        if newest is not None and moment.sequence < newest.sequence + moment.writes:
            wrong.append(f"{moment} follows {newest}")
    return wrong


def _other_than_the_log(
    moments: Sequence[Moment], lines: Mapping[int, Sequence[Line]], people: Mapping[int, int]
) -> Iterator[str]:
    spans: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for driver_id, person in people.items():
        of_driver = lines.get(driver_id, ())
        begin = _number(of_driver, _REGISTERED)
        end = _number(of_driver, _ERASED)
        if begin is not None:
            spans[person].append((driver_id, begin, end or _NEVER))
    # How many faces a driver had left, the log does not say.
    unclear = {
        people.get(driver_id)
        for driver_id, of_driver in lines.items()
        if _number(of_driver, _FACE_REMOVED) is not None
    }
    for moment in moments:
        answer, person = moment.operation.answer, moment.operation.person
        if not isinstance(answer, Found) or person in unclear:
            continue
        there = {
            driver_id for driver_id, begin, end in spans[person] if begin <= moment.sequence < end
        }
        if there != answer.driver_ids:
            yield f"{moment.operation}: the log gives {sorted(there)} at its number"
