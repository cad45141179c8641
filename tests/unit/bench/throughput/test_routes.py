"""What servers' answers say."""

import json
from typing import Any

import pytest

from tests.bench.throughput.connection import Reply
from tests.bench.throughput.routes import (
    OMNI,
    OMNI_DETECTOR,
    OURS,
    PLAIN,
    Route,
    Said,
    all_said,
)


def reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode())


DRIVER = {"decision": "driver", "driver": {"id": 7}}
STRANGER = {"decision": "unknown", "driver": None}
OMNI_ANSWER = {"content": [{"type": "json", "data": [{"ocr": {"text": "AB1"}}, {"ocr": None}]}]}


@pytest.mark.parametrize(
    ("route", "document", "said"),
    [
        (OURS["plates"], {"plate_number": "AB1"}, Said("answered", ("AB1",))),
        (OURS["drivers"], {"faces": [DRIVER]}, Said("answered", (), 7)),
        (OURS["drivers"], {"faces": [STRANGER]}, Said("answered")),
        (OURS["drivers"], {"faces": []}, Said("answered")),
        (PLAIN["plates"], {"plate": ""}, Said("answered", ("",))),
        (PLAIN["drivers"], {"driver_id": 7}, Said("answered", (), 7)),
        (OMNI["plates"], OMNI_ANSWER, Said("answered", ("AB1",))),
    ],
)
def test_an_answer_names_plates_or_a_driver(route: Route, document: Any, said: Said) -> None:
    assert route.said(reply(document)) == said


def test_that_there_is_no_plate_is_an_answer() -> None:
    assert OURS["plates"].said(reply({"error": "Resource not found"}, 404)) == Said("answered")
    assert PLAIN["plates"].said(Reply(404, b"gone")).outcome == "failed"


def test_a_busy_server_refuses_and_anything_else_is_a_failure() -> None:
    route = OURS["plates"]

    assert route.said(Reply(503, b"busy")) == Said("refused", reason="503 busy")
    assert route.said(Reply(500, b"oh")) == Said("failed", reason="500 oh")
    assert route.said(Reply(0, b"lost")) == Said("failed", reason="no answer: lost")


def test_one_failed_part_fails_the_picture() -> None:
    plate, driver = Said("answered", ("AB1",)), Said("answered", (), 7)
    refused, failed = Said("refused", reason="503"), Said("failed", reason="500")

    assert all_said([plate, driver]) == Said("answered", ("AB1",), 7)
    assert all_said([plate, refused]) == refused
    assert all_said([refused, failed]) == failed


def test_the_peers_detector_has_the_name_that_it_goes_by() -> None:
    assert OMNI_DETECTOR == "yolo-v9-t-416-license-plate-end2end"
