"""How long one more request of a route would be at the stages."""

from dataclasses import dataclass

import pytest

from deployments.route_load import FULL_S, LEAST, RouteLoad


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def load_of(requests: int, clock: Clock) -> RouteLoad:
    load = RouteLoad(clock)
    come(load, requests)
    return load


def come(load: RouteLoad, requests: int) -> None:
    for _ in range(requests):
        load.enter()


def end_one(load: RouteLoad) -> None:
    load.leave()
    load.end()


def serve(load: RouteLoad, clock: Clock, *, rate: float, requests: int) -> None:
    """So many end a second, and for each another comes."""
    for _ in range(requests):
        clock.now += 1 / rate
        end_one(load)
        load.enter()


def drain(load: RouteLoad, clock: Clock, *, rate: float, requests: int) -> None:
    for _ in range(requests):
        clock.now += 1 / rate
        end_one(load)


def admitted(load: RouteLoad, clock: Clock, *, of: int, rate: float) -> int:
    """Of a crowd, how many are let in at two seconds; they have gone before the next comes."""
    clock.now += 10
    some = 0
    while some < of and load.stay_s <= 2:
        load.enter()
        some += 1
    drain(load, clock, rate=rate, requests=some)
    return some


def filled_before(clock: Clock, *, rate: float) -> RouteLoad:
    """Empty, and full some time ago."""
    load = load_of(40, clock)
    serve(load, clock, rate=rate, requests=50)
    drain(load, clock, rate=rate, requests=40)
    clock.now += 600
    return load


def test_a_request_stays_as_long_as_those_that_are_there_take() -> None:
    clock = Clock()
    load = load_of(40, clock)
    serve(load, clock, rate=10, requests=50)
    assert load.stay_s == pytest.approx(4)
    for _ in range(20):
        load.leave()
    assert load.stay_s == pytest.approx(2)


def test_stages_that_get_faster_shorten_the_stay() -> None:
    clock = Clock()
    load = load_of(40, clock)
    serve(load, clock, rate=10, requests=50)
    serve(load, clock, rate=20, requests=50)
    assert load.stay_s == pytest.approx(2)


@pytest.mark.parametrize(("requests", "seconds"), [(16, 0.2), (64, 0.5), (128, 0.5), (128, 3.5)])
def test_stages_that_do_many_at_once_are_judged_alike_between_their_calls(
    requests: int, seconds: float
) -> None:
    clock = Clock()
    load = load_of(requests, clock)  # each stays for one call
    for _ in range(8):
        clock.now += seconds
        for _ in range(requests):
            end_one(load)
            load.enter()
    for share in (0, 0.3, 0.6, 0.9):
        before, clock.now = clock.now, clock.now + share * seconds
        assert 0.99 * seconds < load.stay_s < 1.4 * seconds
        clock.now = before


def test_where_nothing_ends_the_stay_is_as_long_as_that_has_been_so() -> None:
    clock = Clock()
    load = load_of(LEAST, clock)
    clock.now += 0.4
    assert load.stay_s == pytest.approx(0.4)
    clock.now += 60
    assert load.stay_s == pytest.approx(60.4)


def test_stages_that_have_stopped_take_longer() -> None:
    clock = Clock()
    load = load_of(LEAST, clock)
    serve(load, clock, rate=50, requests=50)
    before = load.stay_s
    clock.now += 10
    assert before < 0.2
    assert load.stay_s > 2


def test_who_gives_up_says_nothing_of_the_pace() -> None:
    clock = Clock()
    load = load_of(LEAST, clock)
    for _ in range(100):
        clock.now += 0.1
        load.leave()
        load.enter()
    assert load.stay_s == pytest.approx(10)


def test_few_requests_are_not_judged() -> None:
    clock = Clock()
    load = load_of(LEAST - 1, clock)
    clock.now += 60
    assert load.stay_s == 0


def test_stages_kept_at_the_least_are_not_taken_for_quiet_ones() -> None:
    clock = Clock()
    load = load_of(LEAST, clock)
    for _ in range(20):
        clock.now += 1
        end_one(load)
        assert load.stay_s == 0
        load.enter()
    assert load.stay_s == pytest.approx(LEAST)


def test_a_stall_refuses_nobody_once_it_is_over() -> None:
    clock = Clock()
    load = load_of(10, clock)
    clock.now += 5
    assert load.stay_s == pytest.approx(5)
    drain(load, clock, rate=50, requests=10)
    for _ in range(20):
        for _ in range(20):
            load.enter()
            assert load.stay_s < 1
        drain(load, clock, rate=50, requests=20)
        clock.now += 2


def test_a_crowd_is_judged_by_the_pace_of_the_last_full_load() -> None:
    clock = Clock()
    load = filled_before(clock, rate=20)
    come(load, 40)
    assert load.stay_s == pytest.approx(2, rel=0.2)


def test_stages_that_have_become_quicker_are_judged_by_their_new_pace_soon() -> None:
    clock = Clock()
    load = filled_before(clock, rate=20)
    come(load, 40)
    serve(load, clock, rate=200, requests=32)
    assert load.stay_s == pytest.approx(40 / 200, rel=0.1)


def test_stages_that_have_become_slower_are_judged_by_their_new_pace_soon() -> None:
    clock = Clock()
    load = filled_before(clock, rate=20)
    come(load, LEAST)
    assert load.stay_s < FULL_S
    clock.now += 30
    assert load.stay_s > 5


def test_the_pace_of_stages_that_were_not_full_says_nothing_of_a_crowd() -> None:
    clock = Clock()
    load = load_of(10, clock)
    serve(load, clock, rate=10 / (FULL_S / 2), requests=50)
    drain(load, clock, rate=10 / (FULL_S / 2), requests=10)
    come(load, 400)
    assert load.stay_s == 0


@pytest.mark.parametrize("stall_s", [5, 30])
def test_crowds_after_a_stall_are_soon_let_in_as_before(stall_s: float) -> None:
    clock = Clock()
    load = load_of(16, clock)
    clock.now += stall_s
    drain(load, clock, rate=50, requests=16)
    crowds = [admitted(load, clock, of=20, rate=50) for _ in range(20)]
    assert crowds[0] < 20
    assert crowds[-5:] == [20] * 5


def test_crowds_after_stages_were_slow_are_soon_let_in_as_before() -> None:
    clock = Clock()
    load = filled_before(clock, rate=2)
    crowds = [admitted(load, clock, of=20, rate=50) for _ in range(20)]
    assert crowds[0] == LEAST
    assert crowds[-5:] == [20] * 5


def test_crowds_that_end_no_sooner_than_the_last_full_load_change_nothing() -> None:
    clock = Clock()
    load = filled_before(clock, rate=5)
    crowds = [admitted(load, clock, of=20, rate=5) for _ in range(20)]
    assert crowds[-1] == pytest.approx(2 * 5, abs=1)
