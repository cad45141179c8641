"""The checker of histories: what an ideal gallery can answer passes, everything else is named."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations, count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serve.histories import Violation, check, linearizable
from tests.serve.ideal import Driver, State, effects, findable, living
from tests.serve.operations import (
    Absent,
    AddFaces,
    Answer,
    Call,
    Changed,
    Done,
    Enrolled,
    Erase,
    Found,
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
)

REGISTER = Register(3)


def found(*driver_ids: int, sequence: int | None = None) -> Found:
    return Found(frozenset(driver_ids), sequence)


def told(call: Call, answer: Answer | None, begin: float, end: float = math.inf) -> Operation:
    return Operation(1, call, begin, end, answer)


def one_after_another(*calls: tuple[Call, Answer | None]) -> list[Operation]:
    """Each call begins after the one before it was answered; one without an answer never is."""
    return [
        told(call, answer, 2 * n, 2 * n + 1 if answer else math.inf)
        for n, (call, answer) in enumerate(calls)
    ]


def violations(history: Sequence[Operation]) -> list[Violation]:
    return [finding.violation for finding in check(history)]


GOOD: dict[str, list[tuple[Call, Answer | None]]] = {
    "a life": [
        (Search(), found()),
        (REGISTER, Registered(7)),
        (Search(), found(7)),
        (AddFaces(7, 2), Done(2)),
        (Rename(7, "Ann", 2), Done(3)),
        (RemoveFace(7, 2), Done(4)),
        (RemoveFace(7, 2), Absent()),
        (Look(7), Record(4, 4, "Ann")),
        (Erase(7), Done()),
        (Search(), found()),
        (Look(7), Absent()),
        (AddFaces(7, 1), Absent()),
        (REGISTER, Registered(8)),
        (Search(), Named(8)),
    ],
    "a registration without an answer that was never done": [
        (REGISTER, None),
        (Search(), found()),
        (REGISTER, Registered(8)),
        (Search(), found(8)),
    ],
    "a registration without an answer that is done late": [
        (REGISTER, None),
        (Search(), found()),
        (Search(), found(7)),
        (Look(7), Record(3, 1)),
    ],
    "an erasure without an answer, sent again": [
        (REGISTER, Registered(7)),
        (Erase(7), None),
        (Search(), found(7)),
        (Erase(7), Absent()),
        (Search(), found()),
    ],
    "a person enrolled twice": [
        (REGISTER, Registered(7)),
        (REGISTER, Enrolled()),
        (REGISTER, Registered(8)),
        (Search(), Named(None)),
        (Search(), Named(7)),
        (Search(), found(7, 8)),
    ],
    "two drivers of one person made one": [
        (REGISTER, Registered(7)),
        (Register(2, "Ann"), Registered(8)),
        (Merge(7, 9), Absent()),
        (Merge(7, 8), Done(2)),
        (Look(7), Record(5, 2, "Ann")),
        (Look(8), Absent()),
        (Search(), found(7)),
    ],
    "a driver without faces": [
        (Register(1), Registered(7)),
        (RemoveFace(7, 5), Done(2)),
        (Search(), found()),
        (Look(7), Record(0, 2)),
    ],
    "a version that has changed": [
        (REGISTER, Registered(7)),
        (AddFaces(7, 1), None),
        (Rename(7, "Ann", 1), Changed()),
        (Look(7), Record(4, 2)),
    ],
}

BAD: dict[str, tuple[list[tuple[Call, Answer | None]], Violation]] = {
    "lost registration": (
        [(REGISTER, Registered(7)), (Search(), found())],
        Violation.LOST,
    ),
    "lost registration, by name": (
        [(REGISTER, Registered(7)), (Search(), Named(None))],
        Violation.LOST,
    ),
    "lost after it was seen": (
        [(REGISTER, None), (Search(), found(7)), (Search(), found())],
        Violation.LOST,
    ),
    "driver that cannot be read": (
        [(REGISTER, Registered(7)), (Look(7), Absent())],
        Violation.LOST,
    ),
    "lost name": (
        [(REGISTER, Registered(7)), (Rename(7, "Ann"), Done()), (Look(7), Record(3, 2))],
        Violation.SPLIT,
    ),
    "resurrected driver": (
        [(REGISTER, Registered(7)), (Erase(7), Done()), (Search(), found(7))],
        Violation.RESURRECTED,
    ),
    "resurrected driver without an answer": (
        [(REGISTER, None), (Search(), found(7)), (Erase(7), Done()), (Search(), found(7))],
        Violation.RESURRECTED,
    ),
    "resurrected by a second registration without an answer": (
        [
            (REGISTER, None),
            (Search(), found(7)),
            (Erase(7), Done()),
            (REGISTER, None),
            (Search(), found(7)),
        ],
        Violation.RESURRECTED,
    ),
    "erased driver that can be read": (
        [(REGISTER, Registered(7)), (Erase(7), Done()), (Look(7), Record(3, 1))],
        Violation.RESURRECTED,
    ),
    "split registration": (
        [(REGISTER, Registered(7)), (Look(7), Record(2, 1))],
        Violation.SPLIT,
    ),
    "split registration without an answer": (
        [(REGISTER, None), (Look(7), Record(2, 1)), (Search(), found(7))],
        Violation.SPLIT,
    ),
    "split addition": (
        [(REGISTER, Registered(7)), (AddFaces(7, 2), None), (Look(7), Record(4, 2))],
        Violation.SPLIT,
    ),
    "one registration without an answer that made two drivers": (
        [(REGISTER, None), (Search(), found(7, 8))],
        Violation.INVENTED,
    ),
    "invented driver": (
        [(REGISTER, Registered(7)), (Search(), found(7, 9))],
        Violation.INVENTED,
    ),
    "somebody who was never registered": ([(Search(), Named(9))], Violation.INVENTED),
    "id given out again": (
        [(REGISTER, Registered(7)), (Erase(7), Done()), (REGISTER, Registered(7))],
        Violation.MISJUDGED,
    ),
    "write to an erased driver": (
        [(REGISTER, Registered(7)), (Erase(7), Done()), (AddFaces(7, 1), Done())],
        Violation.MISJUDGED,
    ),
    "erasure that did it and denies it": (
        [(REGISTER, Registered(7)), (Erase(7), Absent()), (Search(), found())],
        Violation.MISJUDGED,
    ),
    "lost update": (
        [
            (REGISTER, Registered(7)),
            (Rename(7, "Ann", 1), Done(2)),
            (Rename(7, "Bob", 1), Done(2)),
        ],
        Violation.MISJUDGED,
    ),
    "merged in part": (
        [
            (REGISTER, Registered(7)),
            (REGISTER, Registered(8)),
            (Merge(7, 8), Done()),
            (Search(), found(7, 8)),
        ],
        Violation.RESURRECTED,
    ),
    "face removed twice": (
        [(REGISTER, Registered(7)), (RemoveFace(7, 1), Done()), (RemoveFace(7, 1), Done())],
        Violation.MISJUDGED,
    ),
    "refused for nobody": ([(REGISTER, Enrolled())], Violation.MISJUDGED),
}


@pytest.mark.parametrize("name", GOOD)
def test_passes_what_an_ideal_gallery_answers(name: str) -> None:
    assert violations(one_after_another(*GOOD[name])) == []


@pytest.mark.parametrize("name", BAD)
def test_names_what_no_ideal_gallery_answers(name: str) -> None:
    calls, violation = BAD[name]
    assert violation in violations(one_after_another(*calls))


def test_calls_that_overlap_may_have_been_done_in_either_order() -> None:
    for answer in (found(), found(7)):
        history = [told(REGISTER, Registered(7), 0, 3), told(Search(), answer, 1, 2)]
        assert violations(history) == []


def test_a_search_may_not_fall_behind_another_that_has_ended() -> None:
    history = [
        told(REGISTER, Registered(7), 0, 9),
        told(Search(), found(7), 1, 2),
        told(Search(), found(), 3, 4),
    ]
    assert violations(history) == [Violation.LOST]


def test_a_stale_search_of_one_replica_is_named_with_the_calls_before_it() -> None:
    history = one_after_another(
        (REGISTER, Registered(7)), (Erase(7), Done()), (Search(), found(7)), (Search(), found())
    )
    (finding,) = check(history)
    assert finding.violation is Violation.RESURRECTED
    assert finding.operation == history[2]
    assert finding.history == tuple(history[:3])
    assert str(finding).startswith("erased, but found: person 1, 4.000 to 5.000, client 0: Search")


def test_one_id_for_two_people_is_named() -> None:
    history = [
        Operation(1, REGISTER, 0, 1, Registered(7)),
        Operation(2, REGISTER, 0, 1, Registered(7)),
    ]
    assert violations(history) == [Violation.SHARED_ID]
    history[1] = Operation(2, Search(), 2, 3, found(7))
    assert Violation.SHARED_ID in violations(history)


def test_a_sequence_that_falls_between_searches_of_different_people_is_named() -> None:
    newer = Operation(1, Search(), 0, 1, found(sequence=5))
    older = Operation(2, Search(), 2, 3, found(sequence=4))
    assert violations([newer, older]) == [Violation.SEQUENCE_FELL]
    assert violations([newer, replace(older, invoked_at=0.5)]) == []
    assert violations([newer, replace(older, answer=found(sequence=5))]) == []


class AtomicGallery:
    """Drivers of one person under a lock: linearizable by construction."""

    def __init__(self) -> None:
        self._state: State = ()
        self._ids = count(1)
        self._lock = threading.Lock()

    def do(self, call: Call) -> Answer:
        with self._lock:
            for answer in self._answers():
                for state in effects(self._state, told(call, answer, 0, 0), frozenset()):
                    self._state = state
                    return answer
        raise AssertionError(f"{call} has no answer")

    def _answers(self) -> Iterator[Answer]:
        yield Registered(next(self._ids))
        yield from (Done(), Absent(), Changed(), Found(findable(self._state)))
        for driver in self._state:
            yield Record(driver.faces, driver.version, driver.name)


IDS = st.integers(1, 3)
CALLS = st.one_of(
    st.builds(Register, st.integers(1, 3)),
    st.builds(AddFaces, IDS, st.integers(1, 2)),
    st.builds(Rename, IDS, st.sampled_from("ab"), st.sampled_from([None, 1, 2])),
    st.builds(RemoveFace, IDS, st.integers(1, 3)),
    st.sampled_from([Merge(1, 2), Merge(2, 1), Merge(1, 3)]),
    st.builds(Erase, IDS),
    st.builds(Search),
    st.builds(Look, IDS),
)
HEARD = st.sampled_from(["heard", "heard", "heard", "lost on the way", "answer lost"])
CLIENT = st.lists(st.tuples(CALLS, HEARD), max_size=6)


@settings(max_examples=60)
@given(st.lists(CLIENT, min_size=1, max_size=3))
def test_passes_every_history_of_a_gallery_under_a_lock(
    programs: list[list[tuple[Call, str]]],
) -> None:
    gallery = AtomicGallery()
    start = threading.Barrier(len(programs))

    def client(program: list[tuple[Call, str]]) -> list[Operation]:
        start.wait()
        done = []
        for call, fate in program:
            began = time.monotonic()
            answer = None if fate == "lost on the way" else gallery.do(call)
            if fate == "heard":
                done.append(told(call, answer, began, time.monotonic()))
            else:
                done.append(told(call, None, began))
        return done

    with ThreadPoolExecutor(len(programs)) as pool:
        histories = list(pool.map(client, programs))
    history = [one for of_client in histories for one in of_client]
    assert check(history) == []


ANSWERS: list[Answer | None] = [
    Registered(1),
    Registered(2),
    Done(2),
    Done(),
    Absent(),
    Changed(),
    found(),
    found(1),
    found(1, 2),
    Record(1, 1),
    Record(2, 2),
    None,
]
STEPS = st.builds(
    lambda call, answer, begin, length: told(
        call, answer, begin, begin + length if answer else math.inf
    ),
    st.one_of(
        st.builds(Register, st.just(1)),
        st.builds(AddFaces, st.just(1), st.just(1)),
        st.sampled_from([Erase(1), Erase(2), Merge(1, 2), RemoveFace(1, 1)]),
        st.builds(Search),
        st.builds(Look, st.just(1)),
    ),
    st.sampled_from(ANSWERS),
    st.integers(0, 6),
    st.integers(0, 4),
)


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=4))
def test_agrees_with_trying_every_order(history: list[Operation]) -> None:
    assert linearizable(history) == some_order_fits(history)


def some_order_fits(history: Sequence[Operation]) -> bool:
    """The definition itself: every subset of the unanswered calls, in every order."""
    answered = [one for one in history if one.answer]
    open_ones = [
        one for one in history if not one.answer and not isinstance(one.call, Search | Look)
    ]
    chosen = (some for n in range(len(open_ones) + 1) for some in combinations(open_ones, n))
    return any(order_fits(order) for some in chosen for order in permutations([*answered, *some]))


def order_fits(order: Sequence[Operation]) -> bool:
    pairs = combinations(order, 2)
    if any(later.answered_at < earlier.invoked_at for earlier, later in pairs):
        return False
    states: set[State] = {()}
    for one in order:
        states = {new for state in states for new in effects(state, one, frozenset({1, 2}))}
    return bool(states)


def test_an_id_that_nobody_was_told_is_below_zero() -> None:
    (state,) = effects((), told(REGISTER, None, 0), frozenset())
    assert state == (Driver(-1, 3),)
    assert living(state) == {-1}
