"""/v1/events: lists, single events, their pictures, and counts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable
from pipelines.events.records import Decision, Event, EventKind, NewEvent, SeenPlate
from tests.contract.application import Client
from tests.contract.driver_calls import created, error_of
from tests.contract.guarded import guard
from tests.unit.events.passing import NOON, passing, plate

EVENTS = "/v1/events"
JPEG = b"\xff\xd8\xff\xe0 a crop"


def recorded(client: Client, *new: NewEvent) -> tuple[Event, ...]:
    """Stores events as a route does."""
    stored = client.run(client.services.events.record(*new))
    assert stored is not None
    return stored


def listed(client: Client, **query: Any) -> list[int]:
    """The ids that a list has."""
    answer = client.get(EVENTS, params=query)
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["events"]]


def test_an_event_has_everything_that_was_seen(client: Client) -> None:
    driver_id = created(client, 7)
    seen = passing(
        camera_id="gate-1",
        plate=SeenPlate("3OA12345", "30A12345", "VN", 0.97126),
        vehicle_id=3,
        driver_id=driver_id,
        similarity=0.83456,
        threshold=0.46,
        decision=Decision.ALLOW,
        reasons=("vehicle_allowed", "driver_linked"),
        request_id="5f0c2a1b9d3e4f67",
    )
    recorded(client, seen)
    event = client.get(f"{EVENTS}/1").json()
    received_at = datetime.fromisoformat(event.pop("received_at"))
    assert timedelta(0) <= datetime.now(UTC) - received_at < timedelta(minutes=5)
    assert event == {
        "id": 1,
        "kind": "gate_checked",
        "at": "2026-11-22T12:00:00Z",
        "camera_id": "gate-1",
        "decision": "allow",
        "reasons": ["vehicle_allowed", "driver_linked"],
        "plate": {
            "text": "30A12345",
            "raw_text": "3OA12345",
            "country": "VN",
            "confidence": 0.9713,
        },
        "vehicle_id": 3,
        "driver_id": 1,
        "similarity": 0.8346,
        "threshold": 0.46,
        "request_id": "5f0c2a1b9d3e4f67",
        "has_crop": False,
    }


def test_an_event_of_nothing_has_nulls(client: Client) -> None:
    recorded(client, NewEvent(EventKind.PLATE_READ, NOON))
    event = client.get(f"{EVENTS}/1").json()
    of_nothing = {name: value for name, value in event.items() if value in (None, [], False)}
    assert set(of_nothing) == set(event) - {"id", "kind", "at", "received_at"}


@pytest.mark.parametrize("path", ["2", "0", "-1", "x", "99999999999999999999"])
def test_says_that_there_is_no_such_event(client: Client, path: str) -> None:
    recorded(client, passing())
    for route in (f"{EVENTS}/{path}", f"{EVENTS}/{path}/crop"):
        status, code, message = error_of(client.get(route))
        assert status == 404
        if path == "2":
            assert (code, message) == ("event_not_found", "there is no event 2")


def test_pages_name_every_event_once(client: Client) -> None:
    recorded(client, *(passing(minutes) for minutes in (5, 1, 3, 3, 3)))
    first = client.get(EVENTS, params={"limit": 2}).json()
    assert [event["id"] for event in first["events"]] == [1, 5]
    second = client.get(EVENTS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [event["id"] for event in second["events"]] == [4, 3]
    third = client.get(EVENTS, params={"limit": 2, "cursor": second["next_cursor"]}).json()
    assert ([event["id"] for event in third["events"]], third["next_cursor"]) == ([2], None)


@pytest.mark.parametrize("cursor", ["x", "", "MTIz", "8J+YgA", "OTk5OTk5OTk5OTk5OTk5OTk5XzEuMDA"])
def test_refuses_what_is_no_cursor_of_the_query(client: Client, cursor: str) -> None:
    said = "cursor must be the next_cursor of the page before, with the same query"
    assert error_of(client.get(EVENTS, params={"cursor": cursor})) == (
        400,
        "invalid_request",
        said,
    )
    recorded(client, passing(1), passing(2))
    other = client.get(EVENTS, params={"limit": 1}).json()["next_cursor"]
    asked = {"limit": 1, "cursor": other, "camera_id": "gate-1"}
    assert error_of(client.get(EVENTS, params=asked))[2] == said


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [3, 2, 1]),
        ({"from": "2026-11-22T12:02:00Z"}, [3, 2]),
        ({"until": "2026-11-22T19:02:00+07:00"}, [1]),
        ({"camera_id": " gate-2 "}, [3]),
        ({"kind": "plate_read"}, [3]),
        ({"decision": "deny"}, [2]),
        ({"plate": "30a-12"}, [1]),
        ({"plate": "3Oa"}, [2]),
        ({"plate": "-30a-"}, [2, 1]),
        ({"vehicle_id": 7}, [1]),
        ({"driver_id": 7}, []),
    ],
    ids=str,
)
def test_lists_the_events_that_are_wanted(
    client: Client, query: dict[str, Any], found: list[int]
) -> None:
    recorded(
        client,
        passing(1, plate=plate("30A12345"), vehicle_id=7),
        passing(2, plate=plate("30A99999", "3OA99999"), decision=Decision.DENY),
        passing(3, kind=EventKind.PLATE_READ, camera_id="gate-2"),
    )
    assert listed(client, **query) == found


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "2026-11-22"}, "from: "),
        ({"from": "2026-11-22T12:00:00"}, "from: "),
        ({"kind": "door_opened"}, "kind: "),
        ({"decision": "maybe"}, "decision: "),
        ({"limit": 1001}, "limit: "),
        ({"driver_id": 0}, "driver_id: "),
        *(
            ({"plate": text}, "plate: the beginning of a plate has at least 3 letters or digits")
            for text in ("", "-", "30", "3-0-", "...")
        ),
        ({"since": "2026-11-22T12:00:00Z"}, "since: there is no such parameter, this route takes"),
    ],
    ids=str,
)
def test_refuses_a_query_that_means_nothing(
    client: Client, query: dict[str, Any], message: str
) -> None:
    status, code, said = error_of(client.get(EVENTS, params=query))
    assert (status, code) == (400, "invalid_request")
    assert said.startswith(message)


def test_an_events_picture(client: Client) -> None:
    path = client.run(client.services.crops.save("license_plates", JPEG))
    recorded(client, passing(crop_key=path), passing())
    assert client.get(f"{EVENTS}/1").json()["has_crop"]
    answer = client.get(f"{EVENTS}/1/crop")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert error_of(client.get(f"{EVENTS}/2/crop")) == (
        404,
        "not_found",
        "event 2 has no picture",
    )
    client.run(client.services.crops.remove(path))
    assert error_of(client.get(f"{EVENTS}/1/crop"))[:2] == (404, "not_found")


def test_counts_by_hour(client: Client) -> None:
    recorded(
        client,
        passing(0, decision=Decision.ALLOW),
        passing(59, decision=Decision.ALLOW),
        passing(60, kind=EventKind.PLATE_READ),
    )
    day = {"from": "2026-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z"}
    assert client.get(f"{EVENTS}:hourly", params=day).json() == {
        "hours": [
            {
                "hour": "2026-11-22T12:00:00Z",
                "kind": "gate_checked",
                "decision": "allow",
                "count": 2,
            },
            {"hour": "2026-11-22T13:00:00Z", "kind": "plate_read", "decision": None, "count": 1},
        ]
    }
    recorded(client, NewEvent(EventKind.FACE_IDENTIFIED, datetime.now(UTC)))
    recent = client.get(f"{EVENTS}:hourly").json()["hours"]
    assert [hour["count"] for hour in recent if hour["kind"] == "face_identified"] == [1]
    year = {"from": "2025-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z"}
    assert error_of(client.get(f"{EVENTS}:hourly", params=year))[2] == (
        "from: must be before until, and at most 92 days before it"
    )
    empty = {"from": day["until"], "until": day["until"]}
    assert error_of(client.get(f"{EVENTS}:hourly", params=empty))[1] == "invalid_request"


@pytest.mark.parametrize(
    ("until", "counts"),
    [
        ("2026-11-22T12:20:00Z", [2]),
        ("2026-11-22T13:00:00Z", [2]),
        ("2026-11-22T13:00:00.000001Z", [2, 1]),
    ],
)
def test_an_hour_that_is_asked_for_in_part_is_counted_whole(
    client: Client, until: str, counts: list[int]
) -> None:
    recorded(client, passing(5), passing(55), passing(60))
    part = {"from": "2026-11-22T12:10:00Z", "until": until}
    hours = client.get(f"{EVENTS}:hourly", params=part).json()["hours"]
    assert [hour["count"] for hour in hours] == counts


def test_an_erased_driver_is_in_no_answer(client: Client) -> None:
    driver_id = created(client, 7)
    recorded(client, passing(driver_id=driver_id, similarity=0.8, plate=plate("30A12345")))
    assert listed(client, driver_id=driver_id) == [1]
    assert client.request("DELETE", f"/v1/drivers/{driver_id}").status_code == 204
    assert listed(client, driver_id=driver_id) == []
    event = client.get(f"{EVENTS}/1").json()
    assert (event["driver_id"], event["similarity"]) == (None, None)
    assert event["plate"]["text"] == "30A12345"


def test_a_journal_that_is_away_is_an_error_of_its_own(client: Client) -> None:
    client.faults.page = GalleryUnavailable("the driver gallery cannot be reached, try again")
    for route in (EVENTS, f"{EVENTS}:export"):
        assert error_of(client.get(route))[:2] == (503, "gallery_unavailable")


def test_reading_events_takes_a_key_that_may_and_is_written_down(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    guarded = guard(make_client, tmp_path)
    driver_id = 1
    assert created_by(guarded.client, guarded.enrol) == driver_id
    recorded(guarded.client, passing(driver_id=driver_id))
    for route in (EVENTS, f"{EVENTS}/1", f"{EVENTS}/1/crop", f"{EVENTS}:stream"):
        assert guarded.client.get(route).status_code == 401
        assert guarded.client.get(route, headers=guarded.recognise).status_code == 403
    assert guarded.client.get(f"{EVENTS}/1", headers=guarded.enrol).status_code == 200
    assert guarded.client.get(f"{EVENTS}:export", headers=guarded.enrol).status_code == 403
    assert guarded.client.get(f"{EVENTS}:export", headers=guarded.admin).status_code == 200
    lines = [
        (line["action"], line["status"], line["driver_ids"])
        for line in guarded.audit()
        if "event" in line["action"]
    ]
    assert lines[-3:] == [
        ("read_events", 200, [driver_id]),
        ("export_events", 403, []),
        ("export_events", 200, []),
    ]
    assert "gate-1" not in json.dumps(guarded.audit())


def created_by(client: Client, headers: dict[str, str]) -> int:
    """Enrols person 7 with a key."""
    photos = {"images": client.base64_photos(7, 3)}
    answer = client.post("/v1/drivers", json=photos, headers=headers)
    driver_id: int = answer.json()["driver"]["id"]
    return driver_id
