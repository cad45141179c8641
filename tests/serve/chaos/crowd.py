"""The people that clients ask about, and what the clients believe of them."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.serve.chaos.people import photo
from tests.serve.operations import (
    Absent,
    AddFaces,
    Answer,
    Call,
    Done,
    Erase,
    Found,
    Look,
    Merge,
    Named,
    Record,
    Register,
    Registered,
    RemoveFace,
    Rename,
    Search,
)

PHOTOS = 3
"""Of a new driver; the least that the default settings take."""

_ACTIVE = 16  # few enough that clients meet over one person
_MOST_WRITES = 12
_MOST_UNANSWERED = 3  # each doubles what the checker has to try


@dataclass
class Person:
    """One person.

    Attributes:
        person: Whose face it is.
        drivers: Ids believed to be enrolled -> version last heard of, None where none was.
        faces: Face ids last heard of, by driver.
        erased: Ids believed to be erased.
    """

    person: int
    drivers: dict[int, int | None] = field(default_factory=dict)
    faces: dict[int, list[int]] = field(default_factory=dict)
    erased: list[int] = field(default_factory=list)
    writes: int = 0
    unanswered: int = 0
    _variants: Iterator[int] = field(default_factory=count)

    def photos(self, number: int) -> list[bytes]:
        """Photos of this person that were never sent before."""
        return [photo(self.person, next(self._variants)) for _ in range(number)]

    @property
    def spent(self) -> bool:
        """Whether enough was asked about this person."""
        return self.writes >= _MOST_WRITES or self.unanswered >= _MOST_UNANSWERED


class Crowd:
    """Hands out people and calls. Thread-safe.

    Args:
        people: Never-ending.
        calls: Kinds of calls that the service has routes for.
        writes: Calls that change something to hand out in all.
    """

    def __init__(self, people: Iterator[int], calls: frozenset[type[Call]], writes: int) -> None:
        self._people = people
        self._calls = calls
        self._writes_left = writes
        self._active = [Person(next(people)) for _ in range(_ACTIVE)]
        self._lock = threading.Lock()
        self.everybody = list(self._active)

    @property
    def writes_left(self) -> int:
        """Calls that change something, still to be handed out."""
        return self._writes_left

    def next_call(self, dice: random.Random) -> tuple[Person, Call] | None:
        """A call about somebody; None when all writes were handed out."""
        with self._lock:
            if self._writes_left <= 0:
                return None
            place = dice.randrange(len(self._active))
            if self._active[place].spent:
                self._active[place] = Person(next(self._people))
                self.everybody.append(self._active[place])
            person = self._active[place]
            call = _drawn(person, dice)
            while type(call) not in self._calls:
                call = _drawn(person, dice)
            if not isinstance(call, Search | Look):
                self._writes_left -= 1
                person.writes += 1
            return person, call

    def learn(self, person: Person, call: Call, answer: Answer | None) -> None:
        """Remember what an answer says, so that later calls have something to be about."""
        with self._lock:
            match answer:
                case None:
                    person.unanswered += not isinstance(call, Search | Look)
                case Registered(driver_id):
                    person.drivers.setdefault(driver_id, 1)
                case Found(driver_ids):
                    for driver_id in driver_ids - set(person.erased):
                        person.drivers.setdefault(driver_id, None)
                case Named(driver_id) if driver_id not in [None, *person.erased]:
                    assert driver_id is not None
                    person.drivers.setdefault(driver_id, None)
            if isinstance(call, Register | Search):
                return
            if isinstance(answer, Done | Record) and answer.version is not None:
                person.drivers[call.driver_id] = answer.version
            gone = isinstance(call, Erase | Look) and isinstance(answer, Absent)
            if gone or (isinstance(call, Erase) and isinstance(answer, Done)):
                _forget(person, call.driver_id)
            if isinstance(call, Merge) and isinstance(answer, Done):
                _forget(person, call.other_id)

    def learn_faces(self, person: Person, driver_id: int, face_ids: Sequence[int]) -> None:
        """Remember faces of a driver."""
        with self._lock:
            person.faces.setdefault(driver_id, []).extend(face_ids)


def _forget(person: Person, driver_id: int) -> None:
    person.drivers.pop(driver_id, None)
    person.erased.append(driver_id)


def _drawn(person: Person, dice: random.Random) -> Call:
    """A call that makes sense for what is believed, and now and then one that does not."""
    weighted: list[tuple[int, Call]] = [(25, Search())]
    if person.drivers:
        driver_id = dice.choice(list(person.drivers))
        version = person.drivers[driver_id]
        weighted += [
            (6, Look(driver_id)),
            (15, AddFaces(driver_id, dice.choice([1, 2]))),
            (15, Rename(driver_id, _name(dice), dice.choice([None, version]))),
            (12, Erase(driver_id)),
            (6, Register(PHOTOS, twin=dice.random() < 0.5)),
        ]
        faces = person.faces.get(driver_id)
        weighted += [(7, RemoveFace(driver_id, dice.choice(faces)))] if faces else []
        weighted += [(30, Merge(driver_id, one)) for one in person.drivers if one != driver_id][:1]
    else:
        weighted += [(60, Register(PHOTOS, dice.choice([None, _name(dice)])))]
    if person.erased:
        gone = dice.choice(person.erased)
        weighted += [(3, Look(gone)), (3, Erase(gone)), (3, AddFaces(gone, 1))]
    weights = [weight for weight, _ in weighted]
    return dice.choices([call for _, call in weighted], weights)[0]


def _name(dice: random.Random) -> str:
    return f"name {dice.randrange(10**9):09}"
