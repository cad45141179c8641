"""Every row and error of /idToNum and /idToNumBatch."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.application import Client

BAD = {"error": "Invalid request format"}
MISSING = {"error": "Resource not found"}
FAILED = {"error": "Internal server error"}


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
def test_id_to_num_refuses_bad_requests(quiet_client: Client, body: bytes) -> None:
    answer = quiet_client.post("/idToNum", content=body)
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


def test_a_slow_picture_server_is_500(make_client: Callable[..., Client]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        source = {
            "base_url": f"http://127.0.0.1:{never_answers.getsockname()[1]}",
            "retries": 0,
            "timeout_s": 0.1,
        }
        client = make_client(pictures=source)
        answer = client.post("/idToNum", json={"pict_id": "10022"})
        assert (answer.status_code, answer.json()) == (500, FAILED)
        batch = make_client(
            pictures={**source, "timeout_s": 30, "batch_timeout_s": 0.2},
        ).post("/idToNumBatch", json={"pict_ids": ["1", "2"]})
    assert batch.status_code == 200
    assert batch.json() == {
        "plate_numbers": [{"pict_id": "1", **FAILED}, {"pict_id": "2", **FAILED}]
    }


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 broken", b"<html>", b""])
def test_what_is_no_picture_at_the_source_is_not_the_callers_fault(
    client: Client, pictures: Path, content: bytes
) -> None:
    (pictures / "images" / "odd.jpg").write_bytes(content)
    answer = client.post("/idToNum", json={"pict_id": "odd"})
    assert (answer.status_code, answer.json()) == (500, FAILED)


@pytest.mark.parametrize(
    "limits", [{"pictures": {"max_bytes": 1024}}, {"limits": {"max_pixels": 10_000}}]
)
def test_a_picture_too_large_at_the_source_is_not_the_callers_fault(
    make_client: Callable[..., Client], limits: dict[str, Any]
) -> None:
    client = make_client(**limits)
    answer = client.post("/idToNum", json={"pict_id": "10022"})
    assert (answer.status_code, answer.json()) == (500, FAILED)
    batch = client.post("/idToNumBatch", json={"pict_ids": ["10022"]})
    assert batch.json() == {"plate_numbers": [{"pict_id": "10022", **FAILED}]}


def test_an_id_that_is_no_text_fails_alone(client: Client) -> None:
    answer = client.post("/idToNumBatch", content=b'{"pict_ids": ["10022", "1\\ud800"]}')
    assert answer.status_code == 200
    assert answer.json() == {
        "plate_numbers": [
            {"pict_id": "10022", "plate_number": "30M2943"},
            {"pict_id": "1\ufffd", **BAD},
        ]
    }
    answer = client.post("/idToNum", content=b'{"pict_id": "\\ud800"}')
    assert (answer.status_code, answer.json()) == (400, BAD)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'["10022"]', b"\xff", b'{"pict_ids": '])
def test_batch_refuses_bad_json(quiet_client: Client, body: bytes) -> None:
    answer = quiet_client.post("/idToNumBatch", content=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


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
def test_batch_refuses_bad_requests(quiet_client: Client, body: object) -> None:
    answer = quiet_client.post("/idToNumBatch", json=body)
    assert (answer.status_code, answer.json()) == (400, BAD)


def test_batch_refuses_more_ids_than_the_limit(make_client: Callable[..., Client]) -> None:
    client = make_client(pictures={"max_batch": 2})
    assert client.post("/idToNumBatch", json={"pict_ids": ["10022"] * 2}).status_code == 200
    answer = client.post("/idToNumBatch", json={"pict_ids": ["10022"] * 3})
    assert (answer.status_code, answer.json()) == (400, BAD)
