"""What clients ask of the gallery about one person, and what each call does to an ideal gallery.

A person's drivers are a small state of their own: no call about one person changes another's. The
ideal gallery applies one call at a time; ``effects`` says into which states an answer can lead.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

State = tuple["Driver", ...]
"""A person's drivers, sorted by id; more than one where somebody was enrolled twice."""


@dataclass(frozen=True, slots=True, order=True)
class Driver:
    """One enrolled driver of the ideal gallery; an erased one is kept as such.

    Attributes:
        driver_id: Below 0 where nobody was ever told the id.
        erased: An id that was given out once is never given out again.
    """

    driver_id: int
    faces: int = 0
    version: int = 1
    name: str | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """Enrol a new driver with this many faces."""

    faces: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AddFaces:
    """Add this many faces to a driver."""

    driver_id: int
    faces: int


@dataclass(frozen=True, slots=True)
class RemoveFace:
    """Take one face from a driver."""

    driver_id: int


@dataclass(frozen=True, slots=True)
class Rename:
    """Name a driver; with a version, only if it has not changed since."""

    driver_id: int
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase a driver."""

    driver_id: int


@dataclass(frozen=True, slots=True)
class Search:
    """Ask whose face it is."""


@dataclass(frozen=True, slots=True)
class Look:
    """Read one driver."""

    driver_id: int


Call = Register | AddFaces | RemoveFace | Rename | Erase | Search | Look


@dataclass(frozen=True, slots=True)
class Registered:
    """The new driver's id."""

    driver_id: int


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; the driver's version after it where the answer tells."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such driver."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Refused: the driver is not at the version that was asked for."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Refused: the person is enrolled already."""


@dataclass(frozen=True, slots=True)
class Found:
    """All drivers that the face resembles, and the change that the answer is as new as."""

    driver_ids: frozenset[int]
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The one driver that the face was recognised as, or nobody: also where two are too alike."""

    driver_id: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """A driver as it was read; what the answer does not tell is None."""

    faces: int
    version: int | None = None
    name: str | None = None


Answer = Registered | Done | Absent | Changed | Enrolled | Found | Named | Record


@dataclass(frozen=True, slots=True)
class Operation:
    """One call about one person.

    Attributes:
        person: Whose face it is.
        invoked_at: Monotonic seconds just before the request was sent.
        answered_at: Monotonic seconds just after the answer was there; infinite without one.
        answer: None where it is not known whether the call took effect, or ever will.
    """

    person: int
    call: Call
    invoked_at: float
    answered_at: float = math.inf
    answer: Answer | None = None
    client: int = field(default=0, compare=False)

    @property
    def changes_nothing(self) -> bool:
        """Whether the ideal gallery is the same after this call as before it."""
        refused = isinstance(self.answer, Absent | Changed | Enrolled)
        return refused or isinstance(self.call, Search | Look)


def living(state: State) -> frozenset[int]:
    """Ids of the drivers that are not erased."""
    return frozenset(driver.driver_id for driver in state if not driver.erased)


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
        if _fits_search(living(state), answer):
            yield state
    else:
        yield from _with_driver(state, call, answer)


def _registered(
    state: State, call: Register, answer: Answer | None, free_ids: frozenset[int]
) -> Iterator[State]:
    given = {driver.driver_id for driver in state}
    if isinstance(answer, Enrolled):
        if living(state):
            yield state
        return
    if isinstance(answer, Registered):
        ids = {answer.driver_id}
    else:
        ids = {*free_ids, min(given | {0}) - 1}
    for driver_id in sorted(ids - given):
        yield _sorted([*state, Driver(driver_id, call.faces, 1, call.name)])


def _with_driver(
    state: State, call: AddFaces | RemoveFace | Rename | Erase | Look, answer: Answer | None
) -> Iterator[State]:
    driver = next(
        (one for one in state if one.driver_id == call.driver_id and not one.erased), None
    )
    if driver is None:
        if isinstance(answer, Absent):
            yield state
        return
    stands = not isinstance(call, Rename) or call.version in (None, driver.version)
    if isinstance(call, Look):
        if isinstance(answer, Record) and _fits_record(driver, answer):
            yield state
    elif not stands:
        if isinstance(answer, Changed):
            yield state
    elif answer is None or isinstance(answer, Done):
        after = _written(driver, call)
        told = answer.version if answer else None
        if isinstance(call, Erase) or told in (None, after.version):
            yield _sorted([after if one is driver else one for one in state])


def _written(driver: Driver, call: AddFaces | RemoveFace | Rename | Erase) -> Driver:
    if isinstance(call, Erase):
        return Driver(driver.driver_id, faces=0, version=0, erased=True)
    risen = replace(driver, version=driver.version + 1)
    if isinstance(call, Rename):
        return replace(risen, name=call.name)
    return replace(risen, faces=driver.faces + (call.faces if isinstance(call, AddFaces) else -1))


def _fits_search(alive: frozenset[int], answer: Answer | None) -> bool:
    if isinstance(answer, Found):
        return answer.driver_ids == alive
    if isinstance(answer, Named) and answer.driver_id is not None:
        return answer.driver_id in alive
    return len(alive) != 1  # two drivers of one person may be too alike to name one


def _fits_record(driver: Driver, record: Record) -> bool:
    return (
        record.faces == driver.faces
        and record.version in (None, driver.version)
        and (record.version is None or record.name == driver.name)
    )


def _sorted(drivers: list[Driver]) -> State:
    return tuple(sorted(drivers, key=lambda driver: driver.driver_id))
