"""Memory over time."""

import os
from collections.abc import Mapping

import psutil
import pytest

from tests.bench.throughput.memory import ALL, Held, Samples, look

MB = 1_000_000


def samples_of(seconds: float, *looks: Mapping[int, Held]) -> Samples:
    """Looks at so long intervals."""
    samples = Samples()
    for place, seen in enumerate(looks, 1):
        samples.add(place * seconds, seen)
    return samples


def test_groups_that_come_and_go_have_a_value_for_every_look() -> None:
    samples = samples_of(
        10,
        {1: Held("a", 2 * MB, 3 * MB)},
        {1: Held("a", 2 * MB, 3 * MB), 2: Held("b", MB, MB), 3: Held("a", MB, MB)},
        {2: Held("b", 1_500_000, 1_500_000)},
    )

    assert samples.groups("pss") == {"a": [2, 3, 0], "b": [0, 1, 1.5], ALL: [2, 4, 1.5]}
    assert samples.groups("rss")[ALL] == [3, 5, 1.5]
    assert samples.processes("a") == [1, 3]
    assert samples.process(2, "pss") == {20: 1, 30: 1.5}


@pytest.mark.parametrize(
    ("seconds", "window_s"), [(40, (20, 40)), (360, (120, 360)), (1800, (360, 1800))]
)
def test_the_window_leaves_the_warm_up_out(seconds: float, window_s: tuple[float, float]) -> None:
    assert samples_of(seconds, {}).window_s == pytest.approx(window_s)


def test_growth_in_the_warm_up_is_no_slope_and_growth_after_it_is() -> None:
    warm = [{1: Held("a", (50 if look < 7 else 100) * MB, look * MB)} for look in range(40)]
    samples = samples_of(30, *warm)

    private, resident = samples.group_slope("a", "pss"), samples.process_slope(1, "rss")

    assert private is not None
    assert resident is not None
    assert private.growth == pytest.approx(0, abs=1e-6)
    assert resident.growth == pytest.approx(120)


def test_a_second_process_is_growth_of_the_group_and_of_no_process() -> None:
    first, second = Held("a", 100 * MB, MB), Held("a", 80 * MB, MB)
    samples = samples_of(30, *([{1: first}] * 20), *([{1: first, 2: second}] * 20))

    group, alone = samples.group_slope("a", "pss"), samples.process_slope(2, "pss")

    assert group is not None
    assert alone is not None
    assert group.is_growth
    assert not alone.is_growth


def test_a_process_that_was_seen_twice_has_no_slope() -> None:
    samples = samples_of(30, {}, *([{1: Held("a", MB, MB)}] * 2))

    assert samples.process_slope(1, "pss") is None


def test_a_look_sees_what_a_process_holds() -> None:
    seen = look([psutil.Process()])[os.getpid()]

    assert 0 < seen.pss <= seen.rss
