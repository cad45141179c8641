"""/v1/events:stream: events as they come."""

import json
from collections.abc import Callable

import pytest

from deployments.metrics import INGRESS
from pipelines.errors import GalleryUnavailable
from pipelines.events.records import EventKind
from tests.contract.application import Client
from tests.contract.driver_calls import error_of
from tests.contract.listening import listening
from tests.contract.test_event_routes import recorded
from tests.unit.events.passing import passing, plate

STREAM = "/v1/events:stream"
LONG = {"stream_s": 60, "poll_s": 0.02}


def told(text: str) -> dict[str, str]:
    """The fields of one server-sent event."""
    return dict(line.split(": ", 1) for line in text.split("\n") if line and line[0] != ":")


def requests_counted() -> float:
    labels = {"route": STREAM, "method": "GET", "status": "200"}
    return INGRESS.get_sample_value("gatehouse_requests_total", labels) or 0


def test_tells_events_as_they_are_stored_while_all_else_goes_on(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(events=LONG, limits={"max_requests_in_flight": 1})
    before = requests_counted()

    async def listen() -> None:
        recorder = client.services.events
        await recorder.record(passing())
        async with listening(client.app, STREAM) as answer:
            assert answer.status == 200
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-accel-buffering"] == "no"
            assert told(await answer.piece()) == {"id": "1", "retry": "1000"}
            # A request that is under way would be the only one that may be.
            assert (await client.ask("/v1/gallery")).status_code == 200
            assert requests_counted() == before + 1
            assert INGRESS.get_sample_value("gatehouse_requests_in_flight") == 0
            assert INGRESS.get_sample_value("gatehouse_event_streams") == 1
            await recorder.record(passing(1, plate=plate("30A12345")))
            event = told(await answer.piece())
            assert (event["id"], event["event"]) == ("2", "gate_checked")
            assert json.loads(event["data"]) == (await client.ask("/v1/events/2")).json()

    client.run(listen())
    assert INGRESS.get_sample_value("gatehouse_event_streams") == 0
    assert requests_counted() == before + 1


def test_no_time_limit_of_requests_ends_a_stream(make_client: Callable[..., Client]) -> None:
    client = make_client(
        events={**LONG, "heartbeat_s": 0.02},
        limits={"request_timeout_s": 0.01},
        pictures={"batch_timeout_s": 0.005},
    )

    async def listen() -> None:
        async with listening(client.app, STREAM) as answer:
            assert [": " in await answer.piece() for _ in range(5)] == [True] * 5

    client.run(listen())


def test_a_listener_who_comes_back_misses_nothing(client: Client) -> None:
    recorded(client, *(passing(number) for number in range(4)))
    answer = client.get(STREAM, headers={"last-event-id": "1"})
    found = [told(text) for text in answer.text.split("\n\n")]
    assert [one["id"] for one in found if "data" in one] == ["2", "3", "4"]
    quiet = client.get(STREAM).text
    assert "data" not in quiet
    assert told(quiet)["id"] == "4"


def test_tells_the_events_that_are_wanted(client: Client) -> None:
    recorded(client, passing(1), passing(2, kind=EventKind.PLATE_READ))
    answer = client.get(f"{STREAM}?kind=plate_read", headers={"last-event-id": "0"})
    found = [told(text) for text in answer.text.split("\n\n")]
    assert [one["event"] for one in found if "data" in one] == ["plate_read"]


@pytest.mark.parametrize("known", ["x", "-1", "1.5", "99999999999999999999"])
def test_refuses_what_is_no_id(client: Client, known: str) -> None:
    answer = client.get(STREAM, headers={"last-event-id": known})
    assert error_of(answer)[:2] == (400, "invalid_request")


def test_one_listener_too_many_is_told_so(make_client: Callable[..., Client]) -> None:
    client = make_client(events={**LONG, "max_streams": 1})

    async def listen() -> None:
        async with listening(client.app, STREAM):
            refused = await client.ask(STREAM)
            assert error_of(refused) == (
                503,
                "overloaded",
                "1 streams are open here already, at most 1 may be",
            )
            assert refused.headers["retry-after"] == "5"
        async with listening(client.app, STREAM) as answer:
            assert answer.status == 200

    client.run(listen())


def test_a_journal_that_is_away_is_told_before_the_stream_begins(client: Client) -> None:
    client.faults.last_id = GalleryUnavailable("the driver gallery cannot be reached, try again")
    assert error_of(client.get(STREAM))[:2] == (503, "gallery_unavailable")


def test_a_stream_has_no_head(client: Client) -> None:
    answer = client.request("HEAD", STREAM)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
