"""Memory over a soak."""

from tests.bench.throughput.soak import ALL, Samples


def test_groups_that_come_and_go_have_a_value_for_every_look() -> None:
    samples = Samples()
    samples.add(0.0, {"a": 2_000_000}, {"a": 3_000_000})
    samples.add(0.1, {"a": 2_000_000, "b": 1_000_000}, {"a": 3_000_000, "b": 1_000_000})
    samples.add(0.2, {"b": 1_500_000}, {"b": 1_500_000})

    assert samples.private == {"a": [2, 2, 0], "b": [0, 1, 1.5], ALL: [2, 3, 1.5]}
    assert samples.resident[ALL] == [3, 4, 1.5]


def test_the_settling_is_left_out_of_the_slopes() -> None:
    samples = Samples()
    for look in range(20):
        samples.add(look / 10, {"a": (50 if look < 4 else 100) * 1_000_000}, {"a": 0})

    slope = samples.slopes(samples.private)["a"]

    assert abs(slope.growth) < 1e-6
