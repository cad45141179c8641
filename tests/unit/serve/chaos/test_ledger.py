"""The change log against the answers: each kind of contradiction is named."""

from tests.serve.chaos.ledger import contradictions
from tests.serve.chaos.rows import Line, gaps
from tests.serve.operations import (
    AddFaces,
    Answer,
    Call,
    Done,
    Erase,
    Found,
    Operation,
    Register,
    Registered,
    Rename,
    Search,
)

LOG = [
    Line(1, "driver_registered", 7, "a"),
    Line(2, "driver_registered", 8, "b"),
    Line(3, "driver_updated", 7, "c"),
    Line(4, "driver_erased", 7, "d"),
]
PEOPLE = {7: 1, 8: 2}


def told(person: int, call: Call, answer: Answer, begin: float) -> Operation:
    return Operation(person, call, begin, begin + 0.5, answer)


def found(*driver_ids: int, sequence: int) -> Found:
    return Found(frozenset(driver_ids), sequence)


HISTORY = [
    told(1, Register(3), Registered(7), 1),
    told(1, Search(), found(7, sequence=1), 2),
    told(2, Register(3), Registered(8), 3),
    told(2, Search(), found(8, sequence=2), 4),
    told(1, Rename(7, "Ann"), Done(2), 5),
    told(1, Search(), found(7, sequence=3), 6),
    told(1, AddFaces(7, 1), Done(), 6),
    told(1, Erase(7), Done(), 7),
    told(1, Search(), found(sequence=4), 8),
]


def test_a_log_that_tells_the_same_story_has_no_contradiction() -> None:
    assert contradictions(HISTORY, LOG, PEOPLE) == []
    assert gaps(LOG) == []


def test_names_an_acknowledged_write_without_a_line() -> None:
    for dropped, call in ((0, "Register"), (3, "Erase"), (2, "Rename")):
        log = [line for line in LOG[: dropped + 1] if line != LOG[dropped]]
        wrong = contradictions(HISTORY, log, PEOPLE)
        assert any(
            one.startswith("acknowledged, but not in the log") and call in one for one in wrong
        )


def test_names_writes_that_stand_in_the_log_the_other_way_round() -> None:
    history = [
        told(2, Register(3), Registered(8), 1),
        told(1, Register(3), Registered(7), 2),
    ]
    (wrong,) = contradictions(history, LOG, PEOPLE)
    assert wrong.index("Registered(driver_id=7)") < wrong.index("Registered(driver_id=8)")
    assert "follows" in wrong


def test_names_a_search_that_is_older_than_a_write_acknowledged_before_it() -> None:
    history = [
        told(2, Register(3), Registered(8), 1),
        told(1, Search(), found(7, sequence=1), 2),
    ]
    assert len(contradictions(history, LOG, PEOPLE)) == 1


def test_names_a_search_that_is_newer_than_a_write_that_was_asked_for_after_it() -> None:
    history = [
        told(1, Search(), found(7, sequence=2), 1),
        told(2, Register(3), Registered(8), 2),
    ]
    assert len(contradictions(history, LOG, PEOPLE)) == 1


def test_names_a_search_that_answers_another_state_than_that_of_its_number() -> None:
    for answer in (found(sequence=3), found(7, sequence=4), found(7, 8, sequence=2)):
        (wrong,) = contradictions([told(1, Search(), answer, 1)], LOG, PEOPLE)
        assert "the log gives" in wrong


def test_names_missing_lines_and_tokens_that_come_twice() -> None:
    assert gaps(LOG[:1] + LOG[2:]) == [
        "line 3 stands where 2 is due",
        "line 4 stands where 3 is due",
    ]
    assert gaps([LOG[0], Line(2, "driver_registered", 8, "a")]) == ["1 tokens twice"]
