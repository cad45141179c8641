"""What is asked so often that it is written only now and then."""

from deployments.ingress.access.repeats import BETWEEN_S, MOST, Repeats


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_each_kind_is_due_again_ten_minutes_after_it_was_written() -> None:
    clock = Clock()
    repeats = Repeats(clock)
    due_at: dict[str, list[float]] = {"one": [], "other": []}
    while clock.now_s <= 3600:
        for kind, times in due_at.items():
            if (kind == "one" or clock.now_s >= 300) and repeats.is_due(kind):
                times.append(clock.now_s)
        clock.now_s += 2
    assert due_at["one"] == [0, 600, 1200, 1800, 2400, 3000, 3600]
    assert due_at["other"] == [300, 900, 1500, 2100, 2700, 3300]


def test_an_outcome_that_changes_is_due_at_once() -> None:
    repeats = Repeats(Clock())
    assert [repeats.is_due(("desk", "gate-1", status)) for status in (404, 404, 200, 404)] == [
        *(True, False),
        *(True, False),
    ]


def test_memory_is_bounded_and_what_is_forgotten_is_written_sooner() -> None:
    clock = Clock()
    repeats = Repeats(clock)
    assert all(repeats.is_due(number) for number in range(MOST + 5))
    assert len(repeats) == MOST
    assert not repeats.is_due(5)
    assert repeats.is_due(0)
    clock.now_s = BETWEEN_S
    assert repeats.is_due("later")
    assert len(repeats) == 1
