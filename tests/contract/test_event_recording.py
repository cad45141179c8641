"""What the recognition routes write into the journal, and what a store that is away means."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.metrics import INGRESS
from pipelines.errors import GalleryUnavailable, Unavailable
from tests.contract.application import Client, face_jpeg, plate_jpeg, street
from tests.contract.application import jpeg as encoded
from tests.contract.driver_calls import created, error_of

READ = "/v1/plates:read"
BATCH = "/v1/plates:readBatch"
IDENTIFY = "/v1/faces:identify"
GATE_CHECK = "/v1/gate:check"
GATE = "camera_id=gate-1"
AWAY = GalleryUnavailable("the driver gallery cannot be reached now, try again later")


def posted(client: Client, path: str, picture: bytes) -> dict[str, Any]:
    answer = client.post(path, content=picture, headers={"x-request-id": "asked-1"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(client: Client) -> list[dict[str, Any]]:
    """All of them, the first that was stored first."""
    found: list[dict[str, Any]] = client.get("/v1/events").json()["events"]
    return sorted(found, key=lambda event: int(event["id"]))


def stored_pictures(client: Client) -> list[Path]:
    return list(Path(client.settings.storage.url, "license_plates").rglob("*.jpg"))


def test_each_plate_that_a_camera_shows_is_an_event_with_its_picture(client: Client) -> None:
    query = f"{GATE}&timestamp=2026-11-22T19:00:00%2B07:00"
    answered = posted(client, f"{READ}?{query}", plate_jpeg("30M2943", "A123BC77"))["plates"]
    assert [plate["event_id"] for plate in answered] == [1, 2]
    for plate, event in zip(answered, events(client), strict=True):
        assert event["id"] == plate["event_id"]
        assert event["plate"] == {
            "text": plate["text"],
            "raw_text": plate["raw_text"],
            "country": plate["country"],
            "confidence": plate["confidence"],
        }
        assert (event["kind"], event["camera_id"]) == ("plate_read", "gate-1")
        assert (event["at"], event["request_id"]) == ("2026-11-22T12:00:00Z", "asked-1")
        assert (event["decision"], event["driver_id"]) == (None, None)
        crop = client.get(f"/v1/events/{event['id']}/crop")
        assert crop.content.startswith(b"\xff\xd8\xff")
    assert len(stored_pictures(client)) == 2


def test_a_picture_of_no_camera_or_of_nothing_is_no_event(client: Client) -> None:
    [plate] = posted(client, READ, plate_jpeg("30M2943"))["plates"]
    assert plate["event_id"] is None
    assert posted(client, f"{READ}?{GATE}", encoded(street()))["plates"] == []
    assert posted(client, IDENTIFY, face_jpeg(7))["faces"][0]["event_id"] is None
    assert events(client) == []
    assert stored_pictures(client) == []


def test_each_picture_of_a_batch_has_its_own_camera(client: Client) -> None:
    picture = base64.b64encode(plate_jpeg("30M2943")).decode()
    shots = [{"camera_id": "gate-1"}, {}, {"camera_id": "gate-2"}]
    sent = {"pictures": [{"image": picture, **shot} for shot in shots]}
    outcomes = client.post(BATCH, json=sent).json()["pictures"]
    ids = [one["result"]["plates"][0]["event_id"] for one in outcomes]
    assert ids[1] is None
    cameras = {event["id"]: event["camera_id"] for event in events(client)}
    assert (cameras[ids[0]], cameras[ids[2]], len(cameras)) == ("gate-1", "gate-2", 2)


def test_faces_are_events_of_their_drivers_or_of_nobody(client: Client) -> None:
    driver_id = created(client, 7)
    [known] = posted(client, f"{IDENTIFY}?{GATE}", face_jpeg(7, 222))["faces"]
    [unknown] = posted(client, f"{IDENTIFY}?{GATE}", face_jpeg(8))["faces"]
    first, second = events(client)
    assert [first["id"], second["id"]] == [known["event_id"], unknown["event_id"]]
    assert first["kind"] == second["kind"] == "face_identified"
    assert (first["driver_id"], first["decision"], first["reasons"]) == (driver_id, "driver", [])
    assert (second["driver_id"], second["decision"]) == (None, "unknown")
    assert second["reasons"] == [unknown["reason"]]
    for face, event in ((known, first), (unknown, second)):
        assert event["similarity"] == face["similarity"]
        assert event["threshold"] == face["threshold"]
        assert event["plate"] is None
        assert not event["has_crop"]
        seen_at = datetime.fromisoformat(event["at"])
        assert timedelta(0) <= datetime.now(UTC) - seen_at < timedelta(minutes=5)


def test_what_a_gate_saw_and_decided_is_an_event(client: Client) -> None:
    driver_id = created(client, 7)
    vehicle = {"plate": "30M2943", "country": "VN", "driver_ids": [driver_id]}
    vehicle_id = client.post("/v1/vehicles", json=vehicle).json()["id"]
    files = {"vehicle": plate_jpeg("30M2943"), "driver": face_jpeg(7, 222)}
    said = client.post(f"{GATE_CHECK}?{GATE}", files=files).json()
    [event] = events(client)
    assert (event["id"], event["kind"]) == (said["event_id"], "gate_checked")
    assert (event["decision"], event["camera_id"]) == (said["decision"], "gate-1")
    assert event["reasons"] == [reason["code"] for reason in said["reasons"]]
    assert event["plate"]["text"] == "30M2943"
    assert event["plate"]["raw_text"] == "30M2943"
    assert (event["plate"]["country"], event["vehicle_id"]) == ("VN", vehicle_id)
    assert (event["driver_id"], event["similarity"]) == (driver_id, said["face"]["similarity"])
    assert client.get(f"/v1/events/{event['id']}/crop").content.startswith(b"\xff\xd8\xff")


def test_a_gate_that_sees_nothing_is_an_event_too(client: Client) -> None:
    said = posted(client, GATE_CHECK, encoded(street()))
    [event] = events(client)
    assert (event["id"], event["camera_id"], event["plate"]) == (said["event_id"], None, None)
    assert event["reasons"] == ["no_plate", "no_face"]
    assert (event["vehicle_id"], event["driver_id"], event["has_crop"]) == (None, None, False)


def lost() -> float:
    return INGRESS.get_sample_value("gatehouse_events_total", {"outcome": "lost"}) or 0


def test_an_answer_is_given_without_its_event_while_the_store_is_away(client: Client) -> None:
    before = lost()
    client.faults.append = AWAY
    answered = posted(client, f"{READ}?{GATE}", plate_jpeg("30M2943", "A123BC77"))["plates"]
    assert [plate["event_id"] for plate in answered] == [None, None]
    assert {plate["text"] for plate in answered} == {"30M2943", "A123BC77"}
    assert lost() == before + 2
    assert posted(client, GATE_CHECK, plate_jpeg("30M2943"))["event_id"] is None
    client.faults.append = None
    assert events(client) == []
    assert stored_pictures(client) == []


def test_a_picture_stays_where_nobody_knows_whether_its_event_is_stored(client: Client) -> None:
    client.faults.append = Unavailable("DriverIndex.records did not answer in 20 s")
    [plate] = posted(client, f"{READ}?{GATE}", plate_jpeg("30M2943"))["plates"]
    assert plate["event_id"] is None
    assert len(stored_pictures(client)) == 1


def test_an_answer_without_its_event_is_refused_where_events_are_required(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(events={"required": True})
    before = lost()
    client.faults.append = AWAY
    refused = client.post(f"{READ}?{GATE}", content=plate_jpeg("30M2943"))
    assert error_of(refused) == (503, "gallery_unavailable", AWAY.message)
    picture = base64.b64encode(plate_jpeg("30M2943")).decode()
    sent = {"pictures": [{"image": picture, "camera_id": "gate-1"}, {"image": picture}]}
    first, second = client.post(BATCH, json=sent).json()["pictures"]
    assert (first["result"], first["error"]["code"]) == (None, "gallery_unavailable")
    assert second["result"]["plates"][0]["text"] == "30M2943"
    assert lost() == before + 2
    assert stored_pictures(client) == []
    assert posted(client, READ, plate_jpeg("30M2943"))["plates"][0]["event_id"] is None


@pytest.mark.parametrize("keep", [True, False])
def test_an_event_goes_without_a_picture_that_is_not_kept(
    make_client: Callable[..., Client], tmp_path: Path, keep: bool
) -> None:
    (tmp_path / "file").write_text("in the way")
    url = str(tmp_path / "file" / "crops") if keep else str(tmp_path / "crops")
    client = make_client(storage={"url": url, "keep_pictures": keep})
    [plate] = posted(client, f"{READ}?{GATE}", plate_jpeg("30M2943"))["plates"]
    assert plate["event_id"] == 1
    assert not client.get("/v1/events/1").json()["has_crop"]


def test_how_long_recording_took_is_among_the_stages(client: Client) -> None:
    timings = posted(client, f"{READ}?{GATE}", plate_jpeg("30M2943"))["timings_ms"]
    assert 0 <= timings["record"] <= timings["total"]
    assert "record" not in posted(client, READ, plate_jpeg("30M2943"))["timings_ms"]
