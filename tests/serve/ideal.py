"""The ideal gallery: one call at a time, nothing lost.

A person's drivers are a small state of their own: no call about one person changes another's.
``effects`` says into which states a call with its answer can lead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.serve.operations import (
    Absent,
    AddFaces,
    Answer,
    Changed,
    Done,
    Enrolled,
    Erase,
    Found,
    Last,
    Look,
    Merge,
    Named,
    Operation,
    Record,
    Register,
    Registered,
    RemoveFace,
    Rename,
    Search,
    Write,
)

State = tuple["Driver", ...]
"""A person's drivers, sorted by id; more than one where somebody was enrolled twice."""


@dataclass(frozen=True, slots=True, order=True)
class Driver:
    """One enrolled driver of the ideal gallery; an erased one is kept as such.

    Attributes:
        driver_id: Below 0 where nobody was ever told the id.
        erased: An id that was given out once is never given out again.
        removed: Faces that were taken from it.
    """

    driver_id: int
    faces: int = 0
    version: int = 1
    name: str | None = None
    erased: bool = False
    removed: tuple[int, ...] = ()


def living(state: State) -> frozenset[int]:
    """Ids of the drivers that are not erased."""
    return frozenset(driver.driver_id for driver in state if not driver.erased)


def findable(state: State) -> frozenset[int]:
    """Ids of the drivers that a search finds: those with a face."""
    return frozenset(driver.driver_id for driver in state if driver.faces > 0)


def effects(state: State, operation: Operation, free_ids: frozenset[int]) -> Iterator[State]:
    """The states that the ideal gallery may be in after a call with this answer.

    Args:
        state: Before the call.
        operation: A write without an answer may have any effect that it can have; having none
            is left to the caller.
        free_ids: Ids that a registration without an answer may have been given.
    """
    call, answer = operation.call, operation.answer
    if isinstance(call, Register):
        yield from _registered(state, call, answer, free_ids)
    elif isinstance(call, Search):
        if _fits_search(findable(state), answer):
            yield state
    else:
        yield from _with_driver(state, call, answer)


def _registered(
    state: State, call: Register, answer: Answer | None, free_ids: frozenset[int]
) -> Iterator[State]:
    given = {driver.driver_id for driver in state}
    if isinstance(answer, Enrolled):
        if findable(state):
            yield state
        return
    if not call.twin and findable(state):
        return
    if answer is None:
        ids = {*free_ids, min(given | {0}) - 1}
    elif isinstance(answer, Registered):
        ids = {answer.driver_id}
    else:
        return  # nobody is answered so
    for driver_id in sorted(ids - given):
        yield _sorted([*state, Driver(driver_id, call.faces, 1, call.name)])


def _with_driver(state: State, call: Write | Look, answer: Answer | None) -> Iterator[State]:
    driver = _living_driver(state, call.driver_id)
    if driver is None or _misses_another(state, driver, call):
        if isinstance(answer, Absent):
            yield state
    elif isinstance(call, Look):
        if isinstance(answer, Record) and _fits_record(driver, answer):
            yield state
    elif isinstance(call, Rename) and call.version not in (None, driver.version):
        if isinstance(answer, Changed):
            yield state
    elif isinstance(call, RemoveFace) and driver.faces == 1:
        if isinstance(answer, Last):
            yield state
    elif answer is None or isinstance(answer, Done):
        after = _written(state, driver, call)
        told = answer.version if answer else None
        if after[0].erased or told in (None, after[0].version):
            changed = {one.driver_id: one for one in (*state, *after)}
            yield _sorted([*changed.values()])


def _misses_another(state: State, driver: Driver, call: Write | Look) -> bool:
    """Whether the other thing that a call names is not there."""
    if isinstance(call, RemoveFace):
        return call.face_id in driver.removed
    return isinstance(call, Merge) and _living_driver(state, call.other_id) is None


def _written(state: State, driver: Driver, call: Write) -> list[Driver]:
    """The drivers that a write changes, as they are after it; the one it is about first."""
    if isinstance(call, Erase):
        return [_erased(driver)]
    risen = replace(driver, version=driver.version + 1)
    match call:
        case AddFaces():
            return [replace(risen, faces=driver.faces + call.faces)]
        case RemoveFace():
            removed = tuple(sorted({*driver.removed, call.face_id}))
            return [replace(risen, faces=driver.faces - 1, removed=removed)]
        case Rename():
            return [replace(risen, name=call.name)]
    other = _living_driver(state, call.other_id)
    assert other is not None
    removed = tuple(sorted({*driver.removed, *other.removed}))
    both = driver.faces + other.faces
    name = driver.name or other.name
    return [replace(risen, faces=both, name=name, removed=removed), _erased(other)]


def _living_driver(state: State, driver_id: int) -> Driver | None:
    there = (one for one in state if one.driver_id == driver_id and not one.erased)
    return next(there, None)


def _erased(driver: Driver) -> Driver:
    return Driver(driver.driver_id, faces=0, version=0, erased=True)


def _fits_search(there: frozenset[int], answer: Answer | None) -> bool:
    if isinstance(answer, Found):
        return answer.driver_ids == there
    if not isinstance(answer, Named):
        return False
    if answer.driver_id is None:
        return len(there) != 1  # two drivers of one person may be too alike to name one
    return answer.driver_id in there


def _fits_record(driver: Driver, record: Record) -> bool:
    return (
        record.faces == driver.faces
        and record.version in (None, driver.version)
        and (record.version is None or record.name == driver.name)
    )


def _sorted(drivers: list[Driver]) -> State:
    return tuple(sorted(drivers, key=lambda driver: driver.driver_id))
