"""The checker against galleries that are atomic, and against trying every order."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serve.histories import check, linearizable
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
    Last,
    Look,
    Merge,
    Operation,
    Record,
    Register,
    Registered,
    RemoveFace,
    Rename,
    Search,
)

REGISTER = Register(3)


def told(call: Call, answer: Answer | None, begin: float, end: float = math.inf) -> Operation:
    return Operation(1, call, begin, end, answer)


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
        yield from (Enrolled(), Done(), Absent(), Changed(), Last(), Found(findable(self._state)))
        for driver in self._state:
            yield Record(driver.faces, driver.version, driver.name)


IDS = st.integers(1, 3)
CALLS = st.one_of(
    st.builds(Register, st.integers(1, 3), twin=st.booleans()),
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
    Enrolled(),
    Done(2),
    Done(),
    Absent(),
    Changed(),
    Last(),
    Found(frozenset()),
    Found(frozenset({1})),
    Found(frozenset({1, 2})),
    Record(1, 1),
    Record(2, 2),
    None,
]
STEPS = st.builds(
    lambda call, answer, begin, length: told(
        call, answer, begin, begin + length if answer else math.inf
    ),
    st.one_of(
        st.builds(Register, st.just(1), twin=st.booleans()),
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


@pytest.mark.parametrize("answer", [Absent(), Changed(), Done(2), Found(frozenset({1}))])
def test_a_registration_has_no_answers_of_other_calls(answer: Answer) -> None:
    assert list(effects((), told(REGISTER, answer, 0), frozenset({1}))) == []


def test_an_id_that_nobody_was_told_is_below_zero() -> None:
    (state,) = effects((), told(REGISTER, None, 0), frozenset())
    assert state == (Driver(-1, 3),)
    assert living(state) == {-1}
