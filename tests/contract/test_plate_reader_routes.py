"""Every row and error of /greeting and /readPlateNumber, and what the plate routes share."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from pipelines.engines.fake_plate_detector import FakePlateDetector
from tests.contract.application import (
    OVERLOADED,
    UNAVAILABLE,
    Client,
    jpeg,
    plate_jpeg,
    png,
    street,
)

BAD = {"error": "Invalid request format"}
MISSING = {"error": "Resource not found"}
FAILED = {"error": "Internal server error"}


def test_greets(quiet_client: Client) -> None:
    answer = quiet_client.post("/greeting", json={"user": "Ann"})
    assert (answer.status_code, answer.json()) == (200, {"result": "Hello Ann"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"user": ""}',
        b'{"user": "  "}',
        b'{"user": 3}',
        b'{"user": null}',
        b'{"user": "\\ud800"}',
        b'{"user": "\xed\xa0\x80"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_greeting_refuses_bad_requests(quiet_client: Client, body: bytes) -> None:
    answer = quiet_client.post("/greeting", content=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/json", "text/plain", ""])
def test_reads_a_plate_whatever_the_content_type(client: Client, content_type: str) -> None:
    answer = client.post(
        "/readPlateNumber", content=plate_jpeg("30M2943"), headers={"content-type": content_type}
    )
    assert (answer.status_code, answer.json()) == (200, {"plate_number": "30M2943"})


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"GIF89a" + b"\0" * 99, b"\xff\xd8\xff\xe0rest", b"\x89PNG\r\n\x1a\n"]
)
def test_refuses_what_is_no_picture(quiet_client: Client, body: bytes) -> None:
    answer = quiet_client.post("/readPlateNumber", content=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


def test_answers_404_when_the_picture_shows_no_plate(quiet_client: Client) -> None:
    answer = quiet_client.post("/readPlateNumber", content=jpeg(street()))
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_answers_404_when_the_plate_cannot_be_read(quiet_client: Client) -> None:
    picture = street()
    picture[60:120, 60:300] = (0, 255, 255)
    answer = quiet_client.post("/readPlateNumber", content=jpeg(picture))
    assert (answer.status_code, answer.json()) == (404, MISSING)


@pytest.mark.parametrize("kind", ["alpha", "deep"])
def test_converts_transparent_and_deep_pictures(client: Client, kind: str) -> None:
    picture: Any = cv2.imdecode(np.frombuffer(plate_jpeg("30M2943"), np.uint8), 1)
    if kind == "alpha":
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    if kind == "deep":
        picture = picture.astype(np.uint16) * 257
    answer = client.post("/readPlateNumber", content=png(picture))
    assert answer.json() == {"plate_number": "30M2943"}


def test_converts_cmyk_pictures(client: Client) -> None:
    encoded = BytesIO()
    Image.open(BytesIO(plate_jpeg("30M2943"))).convert("CMYK").save(encoded, "JPEG", quality=95)
    answer = client.post("/readPlateNumber", content=encoded.getvalue())
    assert answer.json() == {"plate_number": "30M2943"}


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90)],
)
def test_honours_exif_orientation(client: Client, orientation: int, turn: Any) -> None:
    lying = Image.open(BytesIO(plate_jpeg("30M2943"))).transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    for said, expected in ((exif, {"plate_number": "30M2943"}), (Image.Exif(), MISSING)):
        encoded = BytesIO()
        lying.save(encoded, "JPEG", quality=95, exif=said)
        answer = client.post("/readPlateNumber", content=encoded.getvalue())
        assert answer.json() == expected


@pytest.mark.parametrize("encode", [png, jpeg])
def test_grey_pictures_reach_the_detector_in_colour(
    client: Client, monkeypatch: pytest.MonkeyPatch, encode: Callable[[Any], bytes]
) -> None:
    seen: list[Any] = []
    detect = FakePlateDetector.detect

    def watch(self: FakePlateDetector, pictures: Any) -> Any:
        seen.extend(pictures)
        return detect(self, pictures)

    monkeypatch.setattr(FakePlateDetector, "detect", watch)
    ramp = np.tile(np.arange(0, 240, dtype=np.uint8), (64, 2))
    assert client.post("/readPlateNumber", content=encode(ramp)).status_code == 404
    assert [picture.shape for picture in seen] == [(64, 480, 3)]
    for channel in range(3):
        assert np.abs(seen[0][:, :, channel].astype(int) - ramp).mean() < 2


def test_refuses_a_body_over_the_limit(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_body_bytes": 2048})
    answer = client.post("/readPlateNumber", content=b"\xff\xd8\xff" + b"x" * 3000)
    assert answer.status_code == 413
    assert answer.json() == {
        "error": "the request body is larger than 2048 bytes, send a smaller picture"
    }


def test_refuses_a_picture_with_too_many_pixels(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_pixels": 10_000})
    answer = client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert answer.status_code == 413
    assert "10000" in answer.json()["error"].replace(",", "").replace(" ", "")


def test_russian_plates_are_latin_by_default_and_cyrillic_by_setting(
    make_client: Callable[..., Client],
) -> None:
    picture = plate_jpeg("A123BC77")
    latin = make_client().post("/readPlateNumber", content=picture)
    assert latin.json() == {"plate_number": "A123BC77"}
    cyrillic = make_client(plate_text={"cyrillic": True})
    assert cyrillic.post("/readPlateNumber", content=picture).json() == {
        "plate_number": "а123вс77"  # noqa: RUF001 - Cyrillic is meant
    }
    assert cyrillic.post("/idToNum", json={"pict_id": "9965"}).json() == {
        "plate_number": "а123вс77"  # noqa: RUF001 - Cyrillic is meant
    }
    other = cyrillic.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert other.json() == {"plate_number": "30M2943"}


def test_overload_is_503_with_retry_after(client: Client) -> None:
    client.faults.detect = OVERLOADED
    answer = client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "the service is busy, try again shortly"},
    )
    assert answer.headers["retry-after"] == "7"


def test_a_stage_that_does_not_answer_is_503(client: Client) -> None:
    client.faults.detect = UNAVAILABLE
    answer = client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_an_unexpected_failure_is_500_without_its_text(client: Client) -> None:
    client.faults.detect = RuntimeError("secret path /etc/x")
    answer = client.post("/readPlateNumber", content=plate_jpeg("30M2943"))
    assert (answer.status_code, answer.json()) == (500, FAILED)


@pytest.mark.parametrize("path", ["/greeting", "/readPlateNumber", "/idToNum", "/idToNumBatch"])
def test_routes_answer_with_a_trailing_slash_and_refuse_get(
    quiet_client: Client, path: str
) -> None:
    assert quiet_client.post(path + "/", content=b"").json() == BAD
    answer = quiet_client.get(path)
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})
