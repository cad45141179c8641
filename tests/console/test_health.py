"""Whether the service works, and what runs."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from pipelines.errors import GalleryUnavailable
from tests.console.served import Served


def test_a_service_that_works_says_what_runs(
    open_page: Callable[..., Page], served: Served
) -> None:
    served.enrol(40)
    page = open_page("health")
    main = page.locator("main")
    expect(main).to_contain_text("Every stage works.")
    expect(main).to_contain_text("Gatehouse0.1.0")
    expect(main).to_contain_text("Face modelfake-face/1")
    replicas = page.get_by_role("table", name="Index replicas").get_by_role("row")
    assert replicas.nth(1).inner_text().split() == ["0", "1", "1", "exact", "exact"]
    expect(page.get_by_role("table", name="Models")).to_contain_text("AGPL-3.0-only")
    page.get_by_text("Settings that decide about answers").click()
    expect(page.locator("pre")).to_contain_text('"verify_threshold"')


def test_a_stage_that_fails_is_named_and_its_return_is_seen(
    open_page: Callable[..., Page], served: Served
) -> None:
    served.faults.search = GalleryUnavailable("the gallery's store cannot be read")
    try:
        page = open_page("health")
        expect(page.locator(".note.bad")).to_contain_text("not ready: DriverIndex")
        expect(page.locator(".note.bad li")).to_have_text(
            "DriverIndex: the gallery's store cannot be read"
        )
        expect(page.locator("#said")).to_have_text("Not ready. not ready: DriverIndex")
    finally:
        served.faults.search = None
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".note.good")).to_contain_text("Ready")


def test_cameras_are_listed_with_their_state(open_page: Callable[..., Page]) -> None:
    page = open_page("look")
    camera = {
        **{"id": "gate-1", "state": "watching", "reason": None},
        **{"frames_sampled": 1460, "frames_dropped": 12, "plate_events": 37, "face_events": 1},
        "last_frame_at": "2026-11-22T12:00:00Z",
    }
    away = {"id": "gate-2", "state": "failed", "reason": "no connection", "last_frame_at": None}
    listed = {"cameras": [camera, camera | away]}
    page.route("**/v1/cameras", lambda route: route.fulfill(json=listed))
    page.goto("/#health")
    rows = page.get_by_role("table", name="Cameras").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Watching1,460 looked at, 12 too many")
    expect(rows.nth(1)).to_contain_text("37 vehicles, 1 person")
    expect(rows.nth(2)).to_contain_text("Failed")
    expect(rows.nth(2)).to_contain_text("No connection")


def test_a_key_that_may_not_ask_for_cameras_sees_the_rest(open_page: Callable[..., Page]) -> None:
    page = open_page("look")
    refused = {"error": {"code": "forbidden", "message": "x", "request_id": "x", "details": {}}}
    page.route("**/v1/cameras", lambda route: route.fulfill(status=403, json=refused))
    page.goto("/#health")
    expect(page.get_by_role("table", name="Models")).to_be_visible()
    expect(page.get_by_role("heading", name="Cameras")).to_have_count(0)


def test_it_looks_again_by_itself(open_page: Callable[..., Page], served: Served) -> None:
    page = open_page("look")
    page.clock.install()
    page.goto("/#health")
    expect(page.locator("main")).to_contain_text("Every stage works.")
    expect(page.get_by_role("table", name="Models")).to_be_visible()
    served.faults.search = GalleryUnavailable("the gallery's store cannot be read")
    try:
        page.clock.fast_forward(10_000)
        expect(page.locator(".note.bad")).to_contain_text("not ready: DriverIndex")
    finally:
        served.faults.search = None
