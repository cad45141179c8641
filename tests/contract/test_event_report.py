"""/v1/events:report: what the events of a time come to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.ingress.v1 import event_drawing
from deployments.ingress.v1.event_drawing import ReportDrawing
from pipelines.errors import GalleryUnavailable, Overloaded
from pipelines.events.records import Decision, EventKind, NewEvent
from tests.contract.application import Client
from tests.contract.driver_calls import created, error_of
from tests.contract.guarded import guard
from tests.contract.test_event_routes import recorded
from tests.unit.events.passing import passing, plate
from tests.unit.reports.made_up import EMPTY

REPORT = "/v1/events:report"
DAY = {"from": "2026-11-22T11:30:00Z", "until": "2026-11-23T00:00:00Z"}


def test_the_figures_of_a_time_are_answered(client: Client) -> None:
    driver_id = created(client, 7)
    recorded(
        client,
        passing(1, decision=Decision.ASK, plate=plate("30A12345"), reasons=("vehicle_unknown",)),
        passing(2, kind=EventKind.FACE_IDENTIFIED, driver_id=driver_id, similarity=0.81234),
        passing(3, kind=EventKind.PLATE_READ, plate=plate("")),
        passing(24 * 60),
    )
    answer = client.get(REPORT, params=DAY)
    assert answer.status_code == 200, answer.text
    noon, midnight = "2026-11-22T12:00:00Z", "2026-11-22T00:00:00Z"
    once = {"start": noon, "count": 1}
    assert answer.json() == {
        "from": "2026-11-22T11:00:00Z",
        "until": "2026-11-23T00:00:00Z",
        "step": "hour",
        "camera_id": None,
        "traffic": [
            {"kind": "face_identified", "decision": None, "plates": 0, "unreadable": 0, **once},
            {"kind": "gate_checked", "decision": "ask", "plates": 1, "unreadable": 0, **once},
            {"kind": "plate_read", "decision": None, "plates": 1, "unreadable": 1, **once},
        ],
        "cameras": [{"start": noon, "camera_id": "gate-1", "count": 3}],
        "strangers": [
            {
                "start": noon,
                "faces": 1,
                "unknown_faces": 0,
                "plates": 1,
                "unmatched_plates": 1,
                "checks": 1,
                "stopped": 1,
                "seen_plates": 2,
                "unreadable_plates": 1,
            }
        ],
        "unreadable": {"plates": 2, "unreadable": 1, "share": 0.5},
        "plate_confidence": [
            {"day": midnight, "count": 1, "low": 0.97, "median": 0.97, "high": 0.97}
        ],
        "face_similarity": [
            {"day": midnight, "count": 1, "low": 0.812, "median": 0.812, "high": 0.812}
        ],
        "reasons": [{"reason": "vehicle_unknown", "count": 1}],
    }


def test_the_last_week_of_all_cameras_is_told_where_nothing_is_asked(client: Client) -> None:
    now = datetime.now(UTC)
    recorded(client, NewEvent(EventKind.PLATE_READ, now))
    report = client.get(REPORT).json()
    assert [one["count"] for one in report["traffic"]] == [1]
    begin, end = (datetime.fromisoformat(report[name]) for name in ("from", "until"))
    assert end - begin == timedelta(days=7)
    assert now < end <= now + timedelta(hours=2)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-11-22T12:50:00Z", "2026-11-22T13:00:00Z"),
        ("2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z"),
        ("2026-11-22T13:00:00.000001Z", "2026-11-22T14:00:00Z"),
    ],
)
def test_an_hour_that_is_asked_for_in_part_is_told_whole(
    client: Client, until: str, end: str
) -> None:
    recorded(client, passing(5), passing(30), passing(55))
    part = {"from": "2026-11-22T12:10:00Z", "until": until}
    report = client.get(REPORT, params=part).json()
    assert (report["from"], report["until"]) == ("2026-11-22T12:00:00Z", end)
    assert [one["count"] for one in report["traffic"]] == [3]
    drawn = client.get(REPORT, params={**part, "format": "png"})
    assert drawn.status_code == 200, drawn.text


def test_one_camera_is_told_alone(client: Client) -> None:
    recorded(client, passing(1), passing(2, camera_id="gate-2"))
    report = client.get(REPORT, params={**DAY, "camera_id": "gate-2"}).json()
    assert report["camera_id"] == "gate-2"
    assert [one["count"] for one in report["traffic"]] == [1]


@pytest.mark.parametrize(
    "begin", ["2026-08-01T00:00:00Z", "2026-11-23T00:00:00Z", "2026-12-01T00:00:00Z"]
)
def test_a_time_that_is_too_long_or_empty_is_refused(client: Client, begin: str) -> None:
    answer = client.get(REPORT, params={**DAY, "from": begin})
    assert error_of(answer) == (
        400,
        "invalid_request",
        "from: must be before until, and at most 92 days before it",
    )


@pytest.mark.parametrize(
    ("kind", "media_type", "begin"),
    [("html", "text/html; charset=utf-8", b"<!doctype html>"), ("png", "image/png", b"\x89PNG")],
)
def test_the_report_is_drawn(client: Client, kind: str, media_type: str, begin: bytes) -> None:
    recorded(client, passing(1))
    answer = client.get(REPORT, params={**DAY, "format": kind})
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begin)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == (
        f'inline; filename="gatehouse-report-20261122T11Z-20261123T00Z.{kind}"'
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert answer.headers["cache-control"] == "no-store"


def test_a_drawing_that_fails_is_an_error_of_its_own(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_drawing, "ROOT", Path("/"))  # no module of ours is there
    answer = client.get(REPORT, params={**DAY, "format": "png"})
    assert error_of(answer) == (503, "unavailable", "the report could not be drawn, ask for JSON")


def test_a_drawing_that_takes_too_long_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_drawing, "_DRAWN_WITHIN_S", 0.001)
    answer = client.get(REPORT, params={**DAY, "format": "png"})
    assert error_of(answer)[2] == ("the report was not drawn in 0.001 s, try again or ask for JSON")


def test_only_so_many_reports_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_drawing, "_MOST_WAITING", -1)
    with pytest.raises(
        Overloaded, match=r"^the service is busy with other reports, try again shortly$"
    ):
        client.run(ReportDrawing().draw(EMPTY, "png"))


def test_a_journal_that_is_away_is_an_error_of_its_own(client: Client) -> None:
    client.faults.figures = GalleryUnavailable("the driver gallery cannot be reached, try again")
    assert error_of(client.get(REPORT))[:2] == (503, "gallery_unavailable")


def test_reading_a_report_takes_a_key_that_may_read_events(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    guarded = guard(make_client, tmp_path)
    asked: dict[str, Any] = {"params": DAY}
    assert guarded.client.get(REPORT, **asked).status_code == 401
    assert guarded.client.get(REPORT, headers=guarded.recognise, **asked).status_code == 403
    assert guarded.client.get(REPORT, headers=guarded.enrol, **asked).status_code == 200
    assert guarded.audit()[-1]["action"] == "read_events"


def test_nobody_asks_for_the_head_of_a_report(client: Client) -> None:
    assert client.request("HEAD", REPORT).status_code == 405
