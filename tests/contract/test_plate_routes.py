"""/v1/plates:read and /v1/plates:readBatch."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from configs.section import MIB
from pipelines.errors import Overloaded
from pipelines.imaging import decode
from tests.contract.application import Client, image, images, jpeg, plate_jpeg, street
from tests.contract.driver_calls import error_of

READ = "/v1/plates:read"
BATCH = "/v1/plates:readBatch"
BROKEN = b"\xff\xd8\xff\xe0 not much of a JPEG"


def in_json(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def plates(client: Client, query: str = "", *texts: str) -> list[dict[str, Any]]:
    answer = client.post(f"{READ}?{query}", content=plate_jpeg(*texts))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["plates"]
    return found


def test_a_plate_is_answered_with_all_that_is_known_of_it(quiet_client: Client) -> None:
    [plate] = plates(quiet_client, "", "A123BC77")
    box = plate.pop("box")
    assert (box["x1"], box["y1"]) == pytest.approx((40, 20), abs=2)
    assert plate == {
        "text": "A123BC77",
        "raw_text": "A123BC77",
        "formatted": plate["formatted"],
        "country": "RU",
        "region": None,
        "confidence": 0.99,
        "candidates": [{"text": "A123BC77", "probability": plate["candidates"][0]["probability"]}],
        "detection_score": plate["detection_score"],
        "corners": None,
        "crop": None,
        "event_id": None,
    }
    assert plate["candidates"][0]["probability"] >= 0.99
    assert 0.5 < plate["detection_score"] <= 1.0


@pytest.mark.parametrize(
    "way",
    [
        {"files": image(plate_jpeg("30M2943"))},
        {"content": plate_jpeg("30M2943")},
        {"content": plate_jpeg("30M2943"), "headers": {"content-type": "image/jpeg"}},
        {"json": {"image": in_json(plate_jpeg("30M2943"))}},
    ],
    ids=["form", "body", "jpeg", "json"],
)
def test_the_picture_comes_as_form_body_or_json(quiet_client: Client, way: dict[str, Any]) -> None:
    answer = quiet_client.post(READ, **way)
    assert [one["text"] for one in answer.json()["plates"]] == ["30M2943"]


def test_answers_every_plate_the_best_first_and_no_more_than_asked_for(
    quiet_client: Client,
) -> None:
    assert {one["text"] for one in plates(quiet_client, "", "30M2943", "A123BC77")} == {
        "30M2943",
        "A123BC77",
    }
    assert len(plates(quiet_client, "limit=1", "30M2943", "A123BC77")) == 1
    assert plates(quiet_client, "min_confidence=0.995", "30M2943") == []
    answer = quiet_client.post(READ, content=jpeg(street()))
    assert (answer.status_code, answer.json()["plates"]) == (200, [])


def test_tries_the_formats_of_the_region_that_is_asked_for(quiet_client: Client) -> None:
    [vietnamese] = plates(quiet_client, "region=vn", "30M2943")
    assert (vietnamese["country"], vietnamese["formatted"]) == ("VN", "30M-2943")
    [elsewhere] = plates(quiet_client, "region=RU", "30M2943")
    assert (elsewhere["country"], elsewhere["formatted"]) == (None, "30M2943")
    status, code, message = error_of(
        quiet_client.post(f"{READ}?region=XX", content=plate_jpeg("30M2943"))
    )
    assert (status, code) == (400, "invalid_request")
    assert message.startswith("region: unknown region 'XX'; known regions: AD, ")


def test_answers_crops_where_asked(quiet_client: Client) -> None:
    [plate] = plates(quiet_client, "return_crops=true", "30M2943")
    crop = decode(base64.b64decode(plate["crop"]), max_pixels=1_000_000)
    assert crop.shape[1] > crop.shape[0] > 50


def test_says_which_camera_took_it_when_and_how_long_each_stage_took(
    quiet_client: Client,
) -> None:
    answer = quiet_client.post(
        READ,
        params={"camera_id": " gate-1 ", "timestamp": "2027-01-31T08:00:00+07:00"},
        content=plate_jpeg("30M2943"),
    ).json()
    assert (answer["camera_id"], answer["timestamp"]) == ("gate-1", "2027-01-31T01:00:00Z")
    times = answer["timings_ms"]
    assert set(times) == {"detect", "read", "record", "total"}
    assert 0 <= times["detect"] <= times["total"]
    assert 0 <= times["read"] <= times["total"]
    nothing = quiet_client.post(READ, content=jpeg(street())).json()
    assert set(nothing["timings_ms"]) == {"detect", "total"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", "limit: input should be greater than or equal to 1"),
        ("min_confidence=2", "min_confidence: input should be less than or equal to 1"),
        ("timestamp=yesterday", "timestamp: must be a date and time such as 2027-01-31T08:00:00Z"),
        ("camera_id=a%0Ab", "camera_id: control characters are not allowed"),
        (
            "colour=red",
            "colour: there is no such parameter, this route takes camera_id, timestamp, limit, "
            "min_confidence, region, return_crops",
        ),
    ],
)
def test_refuses_a_query_that_it_cannot_follow(
    quiet_client: Client, query: str, message: str
) -> None:
    answer = quiet_client.post(f"{READ}?{query}", content=plate_jpeg("30M2943"))
    assert error_of(answer) == (400, "invalid_request", message)


def test_a_url_is_fetched_only_where_the_settings_allow_it(
    quiet_client: Client, make_client: Callable[..., Client]
) -> None:
    asked = {"json": {"image_url": "http://127.0.0.1:1/snapshots/1.jpg"}}
    refused = "image_url: this service fetches no pictures by URL, send the picture itself"
    assert error_of(quiet_client.post(READ, **asked)) == (400, "invalid_request", refused)
    client = make_client(pictures={"allowed_urls": ["http://127.0.0.1:1/snapshots/"], "retries": 0})
    assert error_of(client.post(READ, **asked)) == (
        502,
        "upstream_failure",
        "the picture source failed 1 times, last with ConnectError",
    )
    outside = {"json": {"image_url": "http://127.0.0.1:1/private/1.jpg"}}
    assert error_of(client.post(READ, **outside)) == (
        400,
        "invalid_request",
        "image_url: pictures are not fetched from there",
    )


@pytest.mark.parametrize("sent", [{}, {"image": "/9j/", "image_url": "http://a.example/1.jpg"}])
def test_json_holds_the_picture_or_its_url(quiet_client: Client, sent: dict[str, str]) -> None:
    assert error_of(quiet_client.post(READ, json=sent)) == (
        400,
        "invalid_request",
        "image: send image, or image_url in its place",
    )


def test_several_pictures_have_an_outcome_each(quiet_client: Client) -> None:
    answer = quiet_client.post(
        BATCH, files=images(plate_jpeg("30M2943"), BROKEN, b"GIF89a", jpeg(street()))
    )
    assert answer.status_code == 200
    read, broken, foreign, empty = answer.json()["pictures"]
    assert (read["name"], read["error"]) == ("image1.jpg", None)
    assert [one["text"] for one in read["result"]["plates"]] == ["30M2943"]
    assert set(read["result"]["timings_ms"]) == {"detect", "read", "total"}
    assert broken["result"] is None
    assert broken["error"] == {"code": "unreadable_picture", "message": "read image error"}
    assert foreign["error"] == {
        "code": "unsupported_picture",
        "message": "image3.jpg: the content is neither PNG nor JPEG, send one of these",
    }
    assert (empty["result"]["plates"], empty["error"]) == ([], None)
    assert set(answer.json()["timings_ms"]) == {"total"}


def test_several_pictures_come_as_json_too_each_with_its_camera(quiet_client: Client) -> None:
    sent = [
        {"image": in_json(plate_jpeg("30M2943")), "camera_id": "gate-1"},
        {"image_url": "http://a.example/1.jpg", "timestamp": "2027-01-31T08:00:00Z"},
    ]
    answer = quiet_client.post(f"{BATCH}?region=VN&limit=1", json={"pictures": sent})
    read, refused = answer.json()["pictures"]
    assert (read["name"], read["result"]["camera_id"]) == ("pictures[0]", "gate-1")
    assert [one["formatted"] for one in read["result"]["plates"]] == ["30M-2943"]
    assert (refused["name"], refused["error"]["code"]) == ("pictures[1]", "invalid_request")


def test_pictures_by_url_are_held_until_they_are_read(make_client: Callable[..., Client]) -> None:
    client = make_client(
        limits={"max_bytes_in_flight": 64 * MIB},
        pictures={"allowed_urls": ["http://a.example/"], "max_bytes": 32 * MIB},
    )
    urls: Any = client.services.urls
    plates: Any = client.services.plates
    held: list[int] = []

    async def found(_: object) -> bytes:
        return plate_jpeg("30M2943")

    async def read_picture(*_: object) -> list[object]:
        held.append(held[-1] + 1 if held else 1)
        await pairs.wait()
        held.append(held[-1] - 1)
        return []

    pairs = asyncio.Barrier(2)
    urls._downloads.get = found
    plates.read_picture = read_picture
    sent = [{"image_url": f"http://a.example/{number}.jpg"} for number in range(6)]
    answer = client.post(BATCH, json={"pictures": sent})
    assert [one["error"] for one in answer.json()["pictures"]] == [None] * 6
    assert max(held) == 2


def test_refuses_more_pictures_than_allowed_and_none(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_images": 3})
    said = "send at most 3 images at once"
    four = [plate_jpeg("30M2943")] * 4
    assert error_of(client.post(BATCH, files=images(*four))) == (400, "invalid_request", said)
    sent = {"pictures": [{"image": in_json(one)} for one in four]}
    assert error_of(client.post(BATCH, json=sent)) == (400, "invalid_request", said)
    assert error_of(client.post(BATCH, json={"pictures": []})) == (
        400,
        "invalid_request",
        "pictures: send at least 1",
    )


def test_a_busy_stage_fails_the_pictures_that_meet_it(client: Client) -> None:
    client.faults.detect = Overloaded("the service is busy, try again shortly")
    answer = client.post(BATCH, files=images(plate_jpeg("30M2943")))
    assert answer.json()["pictures"][0]["error"] == {
        "code": "overloaded",
        "message": "the service is busy, try again shortly",
    }
    assert client.post(READ, content=plate_jpeg("30M2943")).status_code == 503
