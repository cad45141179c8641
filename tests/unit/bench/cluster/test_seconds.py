"""A phase, second by second."""

from tests.bench.cluster.seconds import Second, seconds
from tests.bench.cluster.watching import Look, Replica
from tests.bench.faults.traffic import Sent


def _sent(due: float, status: int = 200, took: float = 0.1) -> Sent:
    return Sent("plates", due, took, status, b"", status == 200)


def _look(at: float, replicas: int | None, hosts: int) -> Look:
    answering = frozenset(str(host) for host in range(hosts))
    if replicas is None:
        return Look(at, None, False, answering)
    running = tuple(Replica(str(one), "Ingress", "", True) for one in range(replicas))
    return Look(at, running, True, answering)


def test_requests_count_in_the_second_in_which_they_were_due() -> None:
    sent = [_sent(98.0), _sent(99.5), _sent(100.0, took=3.0), _sent(100.9, 503), _sent(102.0)]

    course = seconds(sent, [_look(90.0, 10, 3)], 100.0, (99.0, 102.0))

    assert course == [
        Second(-1, 1, 0, 100.0, 10, 3),
        Second(0, 2, 1, 3000.0, 10, 3),
        Second(1, 0, 0, 0.0, 10, 3),
    ]


def test_a_second_shows_its_last_look() -> None:
    looks = [_look(99.0, 10, 3), _look(100.2, 8, 2), _look(100.7, None, 1), _look(101.4, 9, 2)]

    course = seconds([], looks, 100.0, (98.0, 102.0))

    assert [(one.at_s, one.running, one.answering) for one in course] == [
        (-2, None, 0),
        (-1, 10, 3),
        (0, None, 1),
        (1, 9, 2),
    ]
