"""The checker of histories: what an ideal gallery can answer passes, everything else is named."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.serve.histories import Violation, check
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
TWIN = Register(3, twin=True)


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
        (TWIN, Registered(8)),
        (Search(), Named(None)),
        (Search(), Named(7)),
        (Search(), found(7, 8)),
    ],
    "two drivers of one person made one": [
        (REGISTER, Registered(7)),
        (Register(2, "Ann", twin=True), Registered(8)),
        (Merge(7, 9), Absent()),
        (Merge(7, 8), Done(2)),
        (Look(7), Record(5, 2, "Ann")),
        (Look(8), Absent()),
        (Search(), found(7)),
    ],
    "a driver who keeps the last face": [
        (Register(1), Registered(7)),
        (RemoveFace(7, 5), Last()),
        (Search(), found(7)),
        (AddFaces(7, 1), Done(2)),
        (RemoveFace(7, 5), Done(3)),
        (Look(7), Record(1, 3)),
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
            (TWIN, Registered(8)),
            (Merge(7, 8), Done()),
            (Search(), found(7, 8)),
        ],
        Violation.RESURRECTED,
    ),
    "face removed twice": (
        [(REGISTER, Registered(7)), (RemoveFace(7, 1), Done()), (RemoveFace(7, 1), Done())],
        Violation.MISJUDGED,
    ),
    "left without a face": (
        [(Register(1), Registered(7)), (RemoveFace(7, 5), Done())],
        Violation.MISJUDGED,
    ),
    "refused though there are others": (
        [(REGISTER, Registered(7)), (RemoveFace(7, 1), Last())],
        Violation.MISJUDGED,
    ),
    "one person enrolled twice": (
        [(REGISTER, Registered(7)), (REGISTER, Registered(8))],
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


def test_of_two_registrations_at_once_one_is_refused() -> None:
    first = told(REGISTER, Registered(7), 0, 3)
    assert violations([first, told(REGISTER, Enrolled(), 1, 2)]) == []
    assert violations([first, told(REGISTER, Registered(8), 1, 2)]) == [Violation.MISJUDGED]
    assert violations([first, told(TWIN, Registered(8), 1, 2)]) == []


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
