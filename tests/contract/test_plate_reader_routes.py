"""Every row and error of the plate reader's contract."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

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


def test_greets(client: Client) -> None:
    answer = client.post("/greeting", json={"user": "Ann"})
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
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_greeting_refuses_bad_requests(client: Client, body: bytes) -> None:
    answer = client.post("/greeting", content=body)
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
def test_refuses_what_is_no_picture(client: Client, body: bytes) -> None:
    answer = client.post("/readPlateNumber", content=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


def test_answers_404_when_the_picture_shows_no_plate(client: Client) -> None:
    answer = client.post("/readPlateNumber", content=jpeg(street()))
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_answers_404_when_the_plate_cannot_be_read(client: Client) -> None:
    picture = street()
    picture[60:120, 60:300] = (0, 255, 255)
    answer = client.post("/readPlateNumber", content=jpeg(picture))
    assert (answer.status_code, answer.json()) == (404, MISSING)


@pytest.mark.parametrize("kind", ["grey", "alpha", "deep"])
def test_converts_grey_transparent_and_deep_pictures(client: Client, kind: str) -> None:
    picture: Any = cv2.imdecode(np.frombuffer(plate_jpeg("30M2943"), np.uint8), 1)
    if kind == "alpha":
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    if kind == "deep":
        picture = picture.astype(np.uint16) * 257
    if kind == "grey":
        # Without colour the fake finds no plate; converted, not refused, is what counts.
        grey = client.post("/readPlateNumber", content=png(street()[:, :, 0]))
        assert grey.status_code == 404
        return
    answer = client.post("/readPlateNumber", content=png(picture))
    assert answer.json() == {"plate_number": "30M2943"}


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


@pytest.mark.parametrize("pict_id", ["10022", 10022])
def test_reads_a_picture_by_id(client: Client, pict_id: object) -> None:
    answer = client.post("/idToNum", json={"pict_id": pict_id})
    assert (answer.status_code, answer.json()) == (200, {"plate_number": "30M2943"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"pict_id": null}',
        b'{"pict_id": true}',
        b'{"pict_id": 1.5}',
        b'{"pict_id": []}',
        b'{"pict_id": ""}',
        b'{"pict_id": ".."}',
        b'{"pict_id": "../10022"}',
        b'{"pict_id": "a/b"}',
        b'{"pict_id": "a\\\\b"}',
        b'{"pict_id": "a\\u0000b"}',
        b'{"pict_id": "' + b"9" * 1000 + b'"}',
    ],
)
def test_id_to_num_refuses_bad_requests(client: Client, body: bytes) -> None:
    answer = client.post("/idToNum", content=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


@pytest.mark.parametrize("pict_id", ["404404", "10000"])
def test_answers_404_for_no_such_picture_and_for_no_plate_in_it(
    client: Client, pict_id: str
) -> None:
    answer = client.post("/idToNum", json={"pict_id": pict_id})
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_answers_500_when_the_picture_server_fails(make_client: Callable[..., Client]) -> None:
    # Nothing listens on the discard port of this machine.
    client = make_client(pictures={"base_url": "http://127.0.0.1:9", "retries": 0})
    answer = client.post("/idToNum", json={"pict_id": "10022"})
    assert (answer.status_code, answer.json()) == (500, FAILED)


def test_reads_a_batch_in_the_order_asked(client: Client) -> None:
    answer = client.post("/idToNumBatch", json={"pict_ids": ["9965", "10022", "9965"]})
    assert answer.status_code == 200
    assert answer.json() == {
        "plate_numbers": [
            {"pict_id": "9965", "plate_number": "A123BC77"},
            {"pict_id": "10022", "plate_number": "30M2943"},
            {"pict_id": "9965", "plate_number": "A123BC77"},
        ]
    }


def test_one_failing_picture_does_not_fail_the_others(client: Client) -> None:
    pict_ids = ["404404", "10022", "10000", "broken", "../x"]
    answer = client.post("/idToNumBatch", json={"pict_ids": pict_ids})
    assert answer.status_code == 200
    assert answer.json() == {
        "plate_numbers": [
            {"pict_id": "404404", **MISSING},
            {"pict_id": "10022", "plate_number": "30M2943"},
            {"pict_id": "10000", **MISSING},
            {"pict_id": "broken", **FAILED},
            {"pict_id": "../x", **BAD},
        ]
    }


@pytest.mark.parametrize(
    "body", [{}, {"pict_ids": []}, {"pict_ids": "10022"}, {"pict_ids": [{}]}, {"pict_ids": None}]
)
def test_batch_refuses_bad_requests(client: Client, body: object) -> None:
    answer = client.post("/idToNumBatch", json=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


def test_batch_refuses_more_ids_than_the_limit(make_client: Callable[..., Client]) -> None:
    client = make_client(pictures={"max_batch": 2})
    assert client.post("/idToNumBatch", json={"pict_ids": ["10022"] * 2}).status_code == 200
    answer = client.post("/idToNumBatch", json={"pict_ids": ["10022"] * 3})
    assert (answer.status_code, answer.json()) == (400, BAD)


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
def test_routes_answer_with_a_trailing_slash_and_refuse_get(client: Client, path: str) -> None:
    assert client.post(path + "/", content=b"").json() == BAD
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})
