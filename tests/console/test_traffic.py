"""What the cameras saw over days, as plots."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipelines.reports.wording import KINDS
from tests.console.served import Served
from tests.console.test_events import seen
from tests.contract.application import face_jpeg, plate_jpeg

REPORT = "**/v1/events:report*"
FIRST = datetime(2026, 11, 16, tzinfo=UTC)


def at(**since: int) -> str:
    return (FIRST + timedelta(**since)).isoformat()


def report(**changed: Any) -> dict[str, Any]:
    """A report of four days as the API answers it."""
    counts = {"faces": 4, "unknown_faces": 1, "plates": 0, "unmatched_plates": 0}
    counts |= {"seen_plates": 1200, "unreadable_plates": 300, "checks": 0, "stopped": 0}
    return {
        **{"from": at(), "until": at(days=4), "step": "hour", "camera_id": None},
        "traffic": [
            {"start": at(hours=5), "kind": "plate_read", "decision": None, "count": 1200},
            {"start": at(hours=5), "kind": "face_identified", "decision": "driver", "count": 3},
            {"start": at(hours=95), "kind": "face_identified", "decision": "unknown", "count": 1},
        ],
        "cameras": [
            {"start": at(hours=5), "camera_id": None, "count": 3},
            {"start": at(hours=5), "camera_id": "<b>north", "count": 1000},
        ],
        "strangers": [{"start": at(hours=5), **counts}],
        "unreadable": {"plates": 1200, "unreadable": 300, "share": 0.25},
        "plate_confidence": [
            {"day": at(), "count": 9, "low": 0.8, "median": 0.9, "high": 0.99},
            {"day": at(days=2), "count": 9, "low": 0.7, "median": 0.8, "high": 0.9},
        ],
        "face_similarity": [],
        "reasons": [
            {"reason": "vehicle_allowed", "count": 1500},
            {"reason": "below_threshold", "count": 1},
        ],
        **changed,
    }


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page that shows the traffic of four days."""
    page = open_page("look", timezone_id="UTC")
    page.route(REPORT, lambda route: route.fulfill(json=report()))
    page.goto("/#traffic")
    expect(page.get_by_role("figure")).to_have_count(5)
    return page


def test_what_cameras_saw_is_drawn(open_page: Callable[..., Page], served: Served) -> None:
    served.enrol(120, "Lea")
    seen(served, "north-1", plate_jpeg("30M2943"))
    seen(served, "north-1", face_jpeg(120), "faces:identify")
    seen(served, "north-2", face_jpeg(121), "faces:identify")
    page = open_page("traffic")
    expect(page.locator("#said")).to_have_text("3 events.")
    kinds = page.get_by_role("list", name="Colours of Traffic by kind")
    expect(kinds.get_by_role("listitem")).to_have_text(["Plates read alone", "Faces seen"])
    cameras = page.get_by_role("list", name="Colours of Traffic by camera")
    expect(cameras.get_by_role("listitem")).to_have_text(["north-1", "north-2"])
    expect(page.get_by_role("slider", name="How alike recognised drivers are")).to_be_visible()
    expect(page.get_by_role("table", name="Reasons")).to_contain_text("Below threshold")


def test_a_plot_is_read_by_keys(page: Page) -> None:
    plot = page.get_by_role("slider", name="Traffic by kind, events each hour")
    expect(plot).to_have_attribute("aria-valuetext", "19 Nov 2026, 23:00: Faces seen 1")
    plot.focus()
    for key, said in {
        "ArrowLeft": "19 Nov 2026, 22:00: nothing",
        "End": "19 Nov 2026, 23:00: Faces seen 1",
        "ArrowRight": "19 Nov 2026, 23:00: Faces seen 1",
        "Home": "16 Nov 2026, 00:00: nothing",
    }.items():
        page.keyboard.press(key)
        expect(plot).to_have_attribute("aria-valuetext", said)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    said = "16 Nov 2026, 05:00: Plates read alone 1,200, Faces seen 3"
    expect(plot).to_have_attribute("aria-valuetext", said)
    expect(plot).to_have_attribute("aria-valuenow", "5")
    expect(page.get_by_role("figure").first).to_contain_text(said)


def test_a_plot_is_read_with_the_pointer(page: Page) -> None:
    plot = page.get_by_role("slider", name="Traffic by camera")
    box = plot.bounding_box()
    assert box
    slot = (box["width"] - 54) / 96
    plot.hover(position={"x": 46 + 5.5 * slot, "y": 50})
    expect(plot).to_have_attribute(
        "aria-valuetext",
        "16 Nov 2026, 05:00: <b>north 1,000, No camera named 3, Other cameras 200",
    )


def test_bars_are_as_high_as_their_counts(page: Page) -> None:
    heights = (
        page.get_by_role("figure")
        .first.locator(".plot rect:not(.cursor)")
        .evaluate_all("found => found.map((one) => one.getBBox().height)")
    )
    assert len(heights) == 3
    assert heights[0] / heights[1] == pytest.approx(400, rel=0.01)


def test_a_day_without_values_is_a_gap(page: Page) -> None:
    drift = page.get_by_role("figure").nth(3)
    expect(drift.locator("polyline")).to_have_count(2)
    expect(drift.locator("circle")).to_have_count(2)
    expect(drift.get_by_role("slider")).to_have_attribute("aria-valuetext", "19 Nov 2026: nothing")
    expect(page.get_by_role("figure").nth(4)).to_contain_text("Nothing in this time.")


def test_shares_are_told_where_there_is_something_to_share(page: Page) -> None:
    shares = page.get_by_role("figure").nth(2)
    expect(shares.get_by_role("listitem")).to_have_text(
        ["Faces that are nobody's", "Plates without a text"]
    )
    shares.get_by_role("button", name="Show as a table").click()
    rows = shares.get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_have_text(re.compile(r"16 Nov 2026\s*25\s%\s*25\s%"))


def test_kinds_are_called_as_on_the_page_that_is_saved(page: Page) -> None:
    rows = [{**report()["traffic"][0], "kind": kind} for kind in KINDS]
    page.route(REPORT, lambda route: route.fulfill(json=report(traffic=rows)))
    page.get_by_label("Time").select_option("Last day")
    kinds = page.get_by_role("list", name="Colours of Traffic by kind")
    named = [name.capitalize() for name in KINDS.values()]
    expect(kinds.get_by_role("listitem")).to_have_text(named)


def test_plates_without_a_text_are_counted_and_that_no_gate_check_read_one(page: Page) -> None:
    said = "1,200 plates seen, 300 of them without a text (25.0\u00a0%)."
    unchecked = (
        f"{said} No gate check read one: plates of no known vehicle are counted at gate checks "
        "alone."
    )
    expect(page.get_by_text(unchecked, exact=True)).to_be_visible()
    checked = [{**one, "plates": 7} for one in report()["strangers"]]
    page.route(REPORT, lambda route: route.fulfill(json=report(strangers=checked)))
    page.get_by_label("Time").select_option("Last day")
    expect(page.get_by_text(said, exact=True)).to_be_visible()


def test_every_share_is_a_line(page: Page) -> None:
    all_kinds = {**report()["strangers"][0], "plates": 4, "checks": 4}
    days = [{**all_kinds, "start": at(days=day)} for day in range(3)]
    page.route(REPORT, lambda route: route.fulfill(json=report(strangers=days)))
    page.get_by_label("Time").select_option("Last day")
    shares = page.get_by_role("figure").nth(2)
    expect(shares.get_by_role("listitem")).to_have_count(4)
    drawn = shares.locator("polyline").evaluate_all(
        "found => found.map((one) => getComputedStyle(one))"
        ".map(({ fill, stroke }) => [fill, stroke])"
    )
    assert [fill for fill, _ in drawn] == ["none"] * 4
    assert len({stroke for _, stroke in drawn} - {"none"}) == 4


def test_time_and_camera_are_chosen(page: Page) -> None:
    with page.expect_request(REPORT) as asked:
        page.get_by_label("Time").select_option("Last 30 days")
    begin = re.search(r"from=([^&]+)", asked.value.url)
    assert begin
    since = datetime.fromisoformat(begin[1].replace("%3A", ":"))
    assert abs(datetime.now(UTC) - timedelta(days=30) - since) < timedelta(minutes=5)
    with page.expect_request(re.compile("camera_id=gate-1$")):
        page.get_by_role("searchbox", name="Camera").fill("gate-1")
    page.locator("h1").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Camera")).to_be_focused()


def test_a_time_without_events_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page("look")
    empty = ("traffic", "cameras", "strangers", "plate_confidence", "reasons")
    nothing: dict[str, Any] = {name: [] for name in empty}
    nothing["unreadable"] = {"plates": 0, "unreadable": 0, "share": None}
    page.route(REPORT, lambda route: route.fulfill(json=report(**nothing)))
    page.goto("/#traffic")
    expect(page.get_by_text("Nothing in this time.")).to_have_count(6)
    expect(page.locator("#said")).to_have_text("No event in this time.")


def test_a_report_that_cannot_be_had_is_told_and_asked_for_again(page: Page) -> None:
    page.route(REPORT, lambda route: route.abort(), times=1)
    page.get_by_label("Time").select_option("Last day")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("figure")).to_have_count(5)


@pytest.mark.parametrize(
    ("button", "kind"), [("Save as a page", "html"), ("Save as a picture", "png")]
)
def test_the_report_is_saved_as_a_file(page: Page, button: str, kind: str) -> None:
    drawn = {"content-disposition": f'inline; filename="week.{kind}"'}
    page.route(
        re.compile(f"format={kind}"), lambda route: route.fulfill(body="drawn", headers=drawn)
    )
    with page.expect_download() as saved:
        page.get_by_role("button", name=button).click()
    assert saved.value.suggested_filename == f"week.{kind}"
    assert saved.value.path().read_bytes() == b"drawn"
    expect(page.get_by_text("The report is saved.").first).to_be_visible()
