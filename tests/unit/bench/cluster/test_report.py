"""The table, the strips and the plots of the cluster bench."""

import json
from pathlib import Path

from tests.bench.cluster.report import plot, strips, table, values
from tests.bench.cluster.seconds import Second
from tests.bench.cluster.stage import Outcome
from tests.bench.faults.registrations import Kept
from tests.bench.faults.traffic import Sent
from tests.bench.faults.windows import window


def _outcome(whole_after_s: float | None = 12.34) -> Outcome:
    sent = [
        Sent("plates", 100.0, 0.1, 200, b"", True),
        Sent("drivers", 101.0, 2.0, 503, b"busy", False),
    ]
    course = (
        Second(-2, 4, 0, 80.0, 10, 3),
        Second(-1, 4, 0, 90.0, 10, 3),
        Second(0, 4, 3, 95.0, None, 1),
        Second(1, 4, 0, 0.0, 5, 2),
    )
    return Outcome(
        window("one host", sent, (100.0, 102.0), 90.0),
        whole_after_s,
        Kept(3, (7,)),
        course,
        {"10.77.0.11": 5},
        (("Ingress",), ()),
        {"replicas on the host": "5"},
    )


def test_a_row_says_what_failed_how_long_and_what_was_kept() -> None:
    (row,) = table([values(_outcome())]).rows

    assert row == (
        "one host",
        "1 drivers",
        "2",
        "1",
        "3.0",
        "12",
        "- / 100",
        "2 of 3",
        "replicas on the host: 5",
    )


def test_a_cluster_that_did_not_become_whole_says_so() -> None:
    (row,) = table([values(_outcome(None))]).rows
    assert row[5] == "never"


def test_values_are_those_of_json() -> None:
    one = values(_outcome())
    assert json.loads(json.dumps(one)) == one
    assert one["registrations_lost"] == [7]
    assert one["together_before"] == ["Ingress"]


def test_strips_show_a_column_a_second_with_the_blow_below() -> None:
    assert strips(values(_outcome())).splitlines() == [
        "one host: a column is 1 s, ^ is the blow",
        "answered |██▂█| 0 to 4",
        "  failed |  ▆ | 0 to 4",
        "replicas |██?▄| 0 to 10",
        "   hosts |██▃▅| 0 to 3",
        "            ^",
    ]


def test_long_phases_have_columns_of_several_seconds() -> None:
    one = values(_outcome())
    one["course"] = [
        {"at_s": at, "sent": 2, "failed": at % 2, "running": 10, "answering": 3}
        for at in range(-10, 110)
    ]
    lines = strips(one).splitlines()
    assert lines[0] == "one host: a column is 2 s, ^ is the blow"
    assert lines[1] == f"answered |{'█' * 60}| 0 to 3"
    assert lines[2] == f"  failed |{'▃' * 60}| 0 to 3"


def test_a_plot_is_drawn(tmp_path: Path) -> None:
    for name, whole in (("whole", 1.0), ("never", None)):
        plot(values(_outcome(whole)), tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
