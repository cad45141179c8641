"""Tables of the scaling bench, and what they say of points below linear."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.bench.scaling import write
from tests.bench.scaling_points import ELSEWHERE, Point, efficiency, grouped
from tests.bench.scaling_report import apart, point_table, points_of, step_table, stepped_of
from tests.bench.scaling_steps import Phase, Sample, Second, Stepped


def _point(replicas: int, per_s: float, elsewhere: float = 0.0) -> Point:
    cores = {"PlateDetector": 0.1, "Ingress": 0.2, "HAProxy": 0.01, "Ray": 0.3}
    cores[ELSEWHERE] = elsewhere
    return Point(
        route="plates",
        nodes=1,
        replicas=replicas,
        placed=(replicas,),
        simulated_ms=500.0,
        under_way=4 * replicas,
        answered=100,
        failed=0,
        per_s=per_s,
        p50_ms=2000.0,
        p99_ms=2100.0,
        cores=cores,
    )


def _stepped() -> Stepped:
    low, high = Phase("low", 2.0, {"plates": 1.0}), Phase("plates high", 2.0, {"plates": 5.0})
    samples = [
        Sample(at, {"PlateDetector": count}) for at, count in ((1, 1), (2, 1), (3, 4), (5, 2))
    ]
    seconds = [Second(at, "plates", 1, 1, 0, 600.0) for at in range(2)]
    seconds += [Second(2, "plates", 5, 2, 0, 900.0), Second(3, "plates", 5, 8, 1, None)]
    return Stepped((low, high, low), tuple(samples), tuple(seconds))


def test_efficiency_is_over_as_many_single_replicas() -> None:
    assert efficiency(_point(4, 7.6), _point(1, 2.0)) == pytest.approx(0.95)


def test_cores_are_grouped_and_none_is_lost() -> None:
    groups = grouped(_point(1, 2.0, elsewhere=0.5).cores)
    assert groups == pytest.approx(
        {"models": 0.1, "ingress": 0.2, "HAProxy": 0.01, "rest of it": 0.3, ELSEWHERE: 0.5}
    )


def test_says_that_all_points_are_near_linear() -> None:
    table = point_table("Plates", [_point(1, 2.0), _point(2, 3.9)], cores=2)
    assert [row[5] for row in table.rows] == ["1.000", "0.975"]
    assert table.notes == ("All points reach 0.95 of linear.",)


@pytest.mark.parametrize(
    ("elsewhere", "said"), [(1.3, "the machine is full"), (0.1, "cores were free")]
)
def test_says_which_points_are_below_and_whether_cores_were_free(
    elsewhere: float, said: str
) -> None:
    points = [_point(1, 2.0), _point(2, 3.0, elsewhere)]
    (note,) = point_table("Plates", points, cores=2).notes
    assert note.startswith(f"Below 0.95 of linear: 2 replicas on 1 node ({said}: models 0.10,")


def test_phases_are_told_with_their_replicas_and_requests() -> None:
    rows = step_table(_stepped()).rows
    assert rows[0][:6] == ("low", "0-2 s", "2", "2", "0", "600")
    assert rows[1][:6] == ("plates high", "2-4 s", "10", "10", "1", "900")
    assert [row[7] for row in rows] == [
        "1, 1 at its end",
        "4, 4 at its end",
        "2, 2 at its end",
    ]


def test_says_which_deployments_scaled_apart() -> None:
    assert apart(_stepped()) == (
        "plates high: PlateDetector scaled up, Ingress and PlateReader and FaceEncoder and "
        "DriverIndex stayed at one replica."
    )


def test_what_was_kept_as_json_comes_back() -> None:
    points = [_point(1, 2.0), _point(2, 3.9)]
    kept = json.loads(json.dumps([dataclasses.asdict(one) for one in points]))
    assert points_of(kept) == points
    stepped = _stepped()
    assert stepped_of(json.loads(json.dumps(dataclasses.asdict(stepped)))) == stepped


def test_writes_tables_and_figures_of_the_parts_that_there_are(tmp_path: Path) -> None:
    points = [dataclasses.asdict(_point(1, 2.0)), dataclasses.asdict(_point(2, 3.9))]
    values = {"cores": 2, "plates": points, "steps": dataclasses.asdict(_stepped())}
    tables = write(values, tmp_path / "scaling")
    assert list(tables) == ["plates", "steps"]
    assert {file.name for file in tmp_path.iterdir()} == {
        "scaling.md",
        "scaling.png",
        "scaling-steps.png",
    }
    assert "## Plates over replicas" in (tmp_path / "scaling.md").read_text("utf-8")
