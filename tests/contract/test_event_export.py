"""/v1/events:export: events as a file."""

import csv
import io
from typing import Any

import pytest

from deployments.ingress.v1 import event_export
from deployments.ingress.v1.event_export import COLUMNS
from pipelines.events.records import Decision, EventKind, NewEvent, SeenPlate
from tests.contract.application import Client
from tests.contract.test_event_routes import recorded
from tests.unit.events.passing import NOON, passing

EXPORT = "/v1/events:export"


def exported(client: Client, **query: Any) -> list[dict[str, str]]:
    answer = client.get(EXPORT, params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_a_row_has_everything_that_was_seen(client: Client) -> None:
    full = passing(
        camera_id="gate, 1",
        plate=SeenPlate("3OA12345", "30A12345", "VN", 0.97),
        vehicle_id=3,
        similarity=-0.25,
        threshold=0.46,
        decision=Decision.ALLOW,
        reasons=("vehicle_allowed", "driver_linked"),
        request_id="5f0c",
    )
    [event, _] = recorded(client, full, NewEvent(EventKind.PLATE_READ, NOON))
    bare, row = exported(client)
    assert row == dict(
        zip(
            COLUMNS,
            (
                "1",
                "gate_checked",
                "2026-11-22T12:00:00+00:00",
                event.received_at.isoformat(),
                "gate, 1",
                "allow",
                "vehicle_allowed driver_linked",
                "30A12345",
                "3OA12345",
                "VN",
                "0.97",
                "3",
                "",
                "-0.25",
                "0.46",
                "5f0c",
            ),
            strict=True,
        )
    )
    assert {name for name, value in bare.items() if value} == {"id", "kind", "at", "received_at"}


def test_the_file_says_what_it_is(client: Client) -> None:
    answer = client.get(EXPORT)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="gatehouse-events-'
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == (",".join(COLUMNS) + "\r\n").encode()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_text_is_a_formula_of_a_spreadsheet(client: Client, begin: str) -> None:
    attack = f'{begin}HYPERLINK("http://evil","x")'
    raw = SeenPlate(attack, attack, None, 0.5)
    recorded(client, passing(camera_id=attack, plate=raw, request_id=attack))
    [row] = exported(client)
    for column in ("camera_id", "plate_text", "plate_raw_text", "request_id"):
        assert row[column] == "'" + attack


def test_a_large_file_comes_in_pieces_that_fit_together(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_export, "_AT_ONCE", 2)
    recorded(client, *(passing(minutes) for minutes in range(5)))
    assert [row["id"] for row in exported(client)] == ["5", "4", "3", "2", "1"]


def test_writes_the_events_that_are_wanted(client: Client) -> None:
    recorded(client, passing(1), passing(2, kind=EventKind.PLATE_READ))
    assert [row["id"] for row in exported(client, kind="plate_read", format="csv")] == ["2"]
    assert client.get(EXPORT, params={"format": "xlsx"}).status_code == 400
    assert client.get(EXPORT, params={"limit": "1"}).status_code == 400
