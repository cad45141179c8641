"""Parts: the same ones at every run of a job."""

from pipelines.bulk.planning import Plan, planned, size_for, unfinished
from pipelines.bulk.source import FILE_COLUMNS, Item


def file(path: str, mark: str = "1") -> Item:
    return {"path": path, "size": 3, "mark": mark}


def sizes(plan: Plan | None) -> dict[int, int]:
    assert plan is not None
    return {part.number: len(part.items) for part in plan.parts}


def test_everything_is_in_one_part() -> None:
    items = [file(f"{number}.jpg") for number in range(7)]
    plan = planned(items, [], FILE_COLUMNS, 3)
    assert sizes(plan) == {1: 3, 2: 3, 3: 1}
    assert plan is not None
    assert [item for part in plan.parts for item in part.items] == items


def test_a_plan_is_the_same_after_it_was_stored() -> None:
    plan = planned([file("a"), file("b"), file("ü")], [], FILE_COLUMNS, 2)
    assert plan is not None
    assert Plan.of_table(plan.table()) == plan


def test_only_what_is_new_or_changed_is_planned_further() -> None:
    first = planned([file("a"), file("b")], [], FILE_COLUMNS, 2)
    assert first is not None
    assert planned([file("b"), file("a")], [first], FILE_COLUMNS, 2) is None
    second = planned([file("a", mark="2"), file("b"), file("c")], [first], FILE_COLUMNS, 2)
    assert second is not None
    assert sizes(second) == {2: 2}
    assert second.parts[0].items == (file("a", mark="2"), file("c"))


def test_what_is_not_stored_is_left() -> None:
    plan = planned([file(str(number)) for number in range(6)], [], FILE_COLUMNS, 2)
    assert plan is not None
    assert [part.number for part in unfinished([plan], {2})] == [1, 3]


def test_parts_are_many_enough_for_all_workers_and_few_enough_for_a_folder() -> None:
    assert size_for(10, workers=2) == 16
    assert size_for(2_000, workers=2) == 63
    assert size_for(1_000_000, workers=2) == 1_000
