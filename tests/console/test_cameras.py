"""What the service's own cameras see."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.console.conftest import DESK, PHONE
from tests.contract.application import plate_jpeg

WATCHING = {
    **{"id": "gate-1", "state": "watching", "reason": None, "last_frame_at": None},
    **{"frames_sampled": 1460, "frames_dropped": 12, "plate_events": 37, "face_events": 1},
}
AWAY = WATCHING | {"id": "gate-2", "state": "failed", "reason": "the stream cannot be opened"}
TAKEN = {"last-modified": "Sun, 22 Nov 2026 04:30:00 GMT"}
RENEWED_MS = 2_000
LISTED_MS = 10_000

Show = Callable[..., Page]


class Cameras:
    """Cameras of a service that tests make up; counts who asks for pictures."""

    def __init__(self) -> None:
        self.listed = [WATCHING, AWAY]
        self.refusal: tuple[int, str] | None = None
        self.asked: list[str] = []
        self.late: list[Route] | None = None

    def serve(self, page: Page) -> None:
        """Answers for the service."""
        page.route("**/v1/cameras", lambda route: route.fulfill(json={"cameras": self.listed}))
        page.route("**/v1/cameras/*/picture", self._picture)

    def _picture(self, route: Route) -> None:
        self.asked.append(route.request.url.split("/")[-2])
        if self.late is not None:
            self.late.append(route)
            return
        if self.refusal is None:
            self.give(route)
            return
        status, message = self.refusal
        error = {"code": "x", "message": message, "request_id": "x", "details": {}}
        route.fulfill(status=status, json={"error": error})

    def give(self, route: Route) -> None:
        """Answers with a picture."""
        body = plate_jpeg("30A12345")
        route.fulfill(content_type="image/jpeg", body=body, headers=TAKEN)


@pytest.fixture
def cameras() -> Cameras:
    return Cameras()


@pytest.fixture
def show(open_page: Callable[..., Page], cameras: Cameras) -> Show:
    """Opens the view with the cameras; its clock goes on by itself only as far as it is told."""

    def show_one(*, clock: bool = False, **options: Any) -> Page:
        page = open_page("look", timezone_id="UTC", **options)
        if clock:
            page.clock.install()
        cameras.serve(page)
        page.goto("/#health")
        return page

    return show_one


def seen(page: Page) -> None:
    """Waits until the picture of the first camera is there."""
    expect(page.get_by_alt_text("What camera gate-1 sees")).to_have_js_property("naturalWidth", 640)


def test_a_camera_s_picture_is_shown_with_its_state_and_time(show: Show, cameras: Cameras) -> None:
    page = show()
    seen(page)
    [watching, away] = page.get_by_role("list", name="Pictures of the cameras").locator("li").all()
    expect(watching).to_have_text("gate-1 Watching 22 Nov 2026, 04:30:00")
    expect(away).to_have_text("gate-2 Failed The stream cannot be opened")
    expect(away.locator("img")).to_be_hidden()
    assert set(cameras.asked) == {"gate-1"}


def test_pictures_are_renewed_while_the_panel_is_seen_and_not_paused(
    show: Show, cameras: Cameras
) -> None:
    page = show(clock=True)
    seen(page)
    image = page.get_by_alt_text("What camera gate-1 sees")
    pictures = page.get_by_role("list", name="Pictures of the cameras")

    def renews(does: Callable[[], object]) -> None:
        before = image.get_attribute("src") or ""
        does()
        expect(image).not_to_have_attribute("src", before)

    def time_passes() -> None:
        page.clock.run_for(RENEWED_MS)

    def stays() -> None:
        before = len(cameras.asked)
        time_passes()
        page.evaluate("fetch('healthz')")  # comes after whatever the page asked for before
        assert len(cameras.asked) == before

    renews(time_passes)
    page.get_by_role("button", name="Pause the pictures").press("Enter")
    stays()
    renews(lambda: page.get_by_role("button", name="Renew the pictures").press("Enter"))
    renews(time_passes)
    page.set_viewport_size({"width": 1280, "height": 300})
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(pictures).not_to_be_in_viewport()
    stays()
    renews(lambda: page.evaluate("scrollTo(0, 0)"))
    page.keyboard.press("1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look")
    stays()


def test_a_key_that_may_not_see_pictures_is_told_once(show: Show, cameras: Cameras) -> None:
    cameras.refusal = (403, "it needs the scope enrol")
    page = show(clock=True)
    figure = page.locator("figure").first
    expect(figure).to_contain_text("This key may not see pictures.")
    page.clock.run_for(3 * RENEWED_MS)
    assert cameras.asked == ["gate-1"]
    expect(page.get_by_role("table", name="Cameras")).to_be_visible()


def test_a_picture_that_does_not_come_is_explained_and_asked_for_again(
    show: Show, cameras: Cameras
) -> None:
    cameras.refusal = (404, "camera gate-1 has brought no picture yet, ask again shortly")
    page = show(clock=True)
    expect(page.locator("figure").first).to_contain_text("has brought no picture yet")
    cameras.refusal = None
    page.clock.run_for(RENEWED_MS)
    seen(page)


def test_a_picture_that_comes_when_its_camera_has_gone_is_not_shown(
    show: Show, cameras: Cameras
) -> None:
    page = show(clock=True)
    seen(page)
    cameras.late = []
    with page.expect_request("**/gate-1/picture"):
        page.clock.run_for(RENEWED_MS)
    cameras.listed = [AWAY | {"id": "gate-1"}, AWAY]
    page.clock.run_for(LISTED_MS)
    figure = page.locator("figure").first
    gone = "gate-1 Failed The stream cannot be opened"
    expect(figure).to_have_text(gone)
    with page.expect_response("**/gate-1/picture"):
        cameras.give(cameras.late[0])
    page.evaluate("fetch('healthz').then((answer) => answer.text())")
    assert figure.locator("img").get_attribute("src") is None
    expect(figure).to_have_text(gone)


def test_without_cameras_there_is_no_panel(show: Show, cameras: Cameras) -> None:
    cameras.listed = []
    page = show()
    expect(page.get_by_role("table", name="Models")).to_be_visible()
    expect(page.get_by_role("heading", name="Cameras")).to_have_count(0)


def test_axe_finds_nothing_serious_and_a_phone_shows_the_whole_width(show: Show) -> None:
    page = show(color_scheme="light", reduced_motion="reduce")
    seen(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [one for one in found if one["impact"] in {"serious", "critical"}] == [], scheme
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
