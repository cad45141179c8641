"""Events as they happen."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.served import Served
from tests.contract.application import face_jpeg, plate_jpeg

LIVE = "Live: new events appear by themselves."


@pytest.fixture
def show(open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """Shows the events of a camera, live."""

    def show_one(camera: str) -> Page:
        page = open_page("events")
        with page.expect_response(re.compile(rf"/v1/events\?.*camera_id={camera}")):
            page.get_by_label("Camera").fill(camera)
        expect(page.get_by_text(LIVE)).to_be_visible()
        return page

    return show_one


def seen(served: Served, camera: str, picture: bytes, route: str = "plates:read") -> None:
    """Sends what a camera saw."""
    answer = httpx.post(
        f"{served.url}/v1/{route}",
        params={"camera_id": camera},
        content=picture,
        headers={"content-type": "image/jpeg"},
    )
    assert answer.status_code == 200, answer.text


def rows(page: Page) -> list[str]:
    """What the table says, without its head."""
    found = page.get_by_role("table", name="Events").get_by_role("row").all_inner_texts()
    return [" ".join(row.split()) for row in found[1:]]


def test_what_a_camera_sees_appears_by_itself(show: Callable[[str], Page], served: Served) -> None:
    served.enrol(80, "Lea")
    page = show("north-1")
    expect(page.get_by_text("No event yet.")).to_be_visible()
    seen(served, "north-1", plate_jpeg("30M2943"))
    table = page.get_by_role("table", name="Events")
    expect(table).to_contain_text("30M2943")
    expect(page.locator("#said")).to_have_text("Plate read: 30M2943.")
    seen(served, "north-2", plate_jpeg("51F12345"))
    seen(served, "north-1", face_jpeg(80), "faces:identify")
    seen(served, "north-1", face_jpeg(81), "faces:identify")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table.get_by_role("link", name="Lea")).to_be_visible()
    unknown, driver, plate = rows(page)
    assert "Unknown" in unknown
    assert "north-1 Driver" in driver
    assert "at least 0.45 is needed" in driver
    assert "Plate read 30M2943 99" in plate


def test_a_driver_is_called_by_name_and_asked_for_once(
    show: Callable[[str], Page], served: Served
) -> None:
    driver_id = served.enrol(83, "Mia")
    for _ in range(2):
        seen(served, "names-1", face_jpeg(83), "faces:identify")
    page = show("look")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/v1/drivers/" in one.url else None)
    with page.expect_response(re.compile(r"/v1/events\?.*camera_id=names-1")):
        page.get_by_label("Camera").fill("names-1")
    links = page.get_by_role("link", name="Mia")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("href", f"#drivers/{driver_id}")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "said", "links"), [(403, "Driver 7", 1), (404, "Driver 7 erased", 0)]
)
def test_a_driver_whose_name_is_not_told_keeps_the_number(
    open_page: Callable[..., Page], status: int, said: str, links: int
) -> None:
    page = open_page("look")
    refused = {"error": {"code": "x", "message": "x", "request_id": "x", "details": {}}}
    page.route("**/v1/drivers/7", lambda route: route.fulfill(status=status, json=refused))
    known = event(1) | {"driver_id": 7}
    listed = {"events": [known], "next_cursor": None}
    page.route("**/v1/events?*", lambda route: route.fulfill(json=listed))
    with page.expect_response("**/v1/drivers/7"):
        page.goto("/#events")
    cell = page.get_by_role("table", name="Events").get_by_role("cell").nth(5)
    expect(cell).to_have_text(said)
    expect(cell.get_by_role("link")).to_have_count(links)


def test_earlier_events_are_listed_and_older_ones_come_when_asked(
    show: Callable[[str], Page], served: Served
) -> None:
    for _ in range(51):
        seen(served, "east-1", plate_jpeg("30M2943"))
    page = show("east-1")
    table = page.get_by_role("table", name="Events")
    expect(table.get_by_role("row")).to_have_count(51)
    page.get_by_role("button", name="Show older ones").click()
    expect(table.get_by_role("row")).to_have_count(52)
    expect(page.get_by_role("button", name="Show older ones")).to_have_count(0)


def event(number: int) -> dict[str, Any]:
    """An event as the API answers it."""
    at = (datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=number)).isoformat()
    plate = {"text": f"30A{number:05}", "raw_text": "", "country": "VN", "confidence": 0.9}
    said: dict[str, Any] = {"id": number, "kind": "plate_read", "at": at, "plate": plate}
    nothing = ("camera_id", "decision", "driver_id", "similarity", "threshold")
    return said | dict.fromkeys(nothing) | {"reasons": [], "has_crop": False}


def test_no_gap_is_left_where_many_came_live(open_page: Callable[..., Page]) -> None:
    page = open_page("look")
    pieces = [f"id: {n}\ndata: {json.dumps(event(n))}\n\n" for n in range(2, 504)]
    page.route(
        "**/v1/events:stream*",
        lambda route: route.fulfill(body="".join(pieces), content_type="text/event-stream"),
        times=1,
    )
    earlier = {"events": [event(1)], "next_cursor": None}
    page.route("**/v1/events?*", lambda route: route.fulfill(json=earlier))
    page.goto("/#events")
    table = page.get_by_role("table", name="Events")
    older = page.get_by_role("button", name="Show older ones")
    expect(older).to_be_visible()
    expect(table).to_contain_text("30A00503")
    expect(table).not_to_contain_text("30A00001")
    older.click()
    expect(table).to_contain_text("30A00001")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(older).to_have_count(0)


def test_events_are_filtered_by_plate_and_decision(
    show: Callable[[str], Page], served: Served
) -> None:
    seen(served, "south-1", plate_jpeg("A123BC77"))
    seen(served, "south-1", face_jpeg(82), "faces:identify")
    page = show("south-1")
    table = page.get_by_role("table", name="Events")
    expect(table.get_by_role("row")).to_have_count(3)
    with page.expect_request(re.compile(r"/v1/events\?.*decision=unknown")) as asked:
        page.get_by_label("Plate begins with").fill("a-1")
        page.get_by_label("Decision").select_option("Unknown")
    assert "plate=" not in asked.value.url
    page.get_by_label("Decision").select_option("Any")
    page.get_by_label("Plate begins with").fill("a12")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("A123BC77")
    page.get_by_label("Plate begins with").fill("")
    page.get_by_label("Decision").select_option("Unknown")
    expect(table).not_to_contain_text("A123BC77")
    expect(table.get_by_role("row")).to_have_count(2)


def test_the_picture_of_an_event_is_shown(show: Callable[[str], Page], served: Served) -> None:
    seen(served, "west-1", plate_jpeg("30M2943"))
    page = show("west-1")
    expect(page.locator("img.crop")).to_have_count(1)
    expect(page.locator("img.crop")).not_to_have_js_property("naturalWidth", 0)


def test_a_stream_that_breaks_is_told_and_taken_up_again(
    open_page: Callable[..., Page], served: Served
) -> None:
    page = open_page("look")
    page.clock.install()
    broken = {"now": True}
    page.route(
        "**/v1/events:stream*", lambda route: route.abort() if broken["now"] else route.continue_()
    )
    page.goto("/#events")
    expect(page.get_by_text("Not live: The service cannot be reached.")).to_be_visible()
    page.get_by_label("Camera").fill("gap-1")
    page.clock.fast_forward(300)
    broken["now"] = False
    page.clock.fast_forward(5_000)
    expect(page.get_by_text(LIVE)).to_be_visible()
    seen(served, "gap-1", plate_jpeg("30M2943"))
    expect(page.get_by_role("table", name="Events")).to_contain_text("30M2943")


def test_nothing_is_followed_in_another_view(page: Page) -> None:
    page.goto("/#events")
    expect(page.get_by_text(LIVE)).to_be_visible()
    with page.expect_event("requestfailed", lambda one: "events:stream" in one.url):
        page.goto("/#health")
