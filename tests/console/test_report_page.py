"""A report as a page, on screens of any width."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pipelines.events.figures import ReasonCount
from pipelines.reports.page import page_of
from tests.console.conftest import DESK, PHONE
from tests.unit.reports.made_up import WEEK

READABLE_PX = 800
"""Width of a plot whose letters can be read."""


@pytest.fixture(scope="module")
def report() -> str:
    """A report with names that break nowhere."""
    reasons = (*WEEK.reasons, ReasonCount("r" * 90, 2))
    return page_of(replace(WEEK, camera_id="c" * 100, reasons=reasons))


@pytest.fixture
def page(browser: Browser, report: str) -> Iterator[Page]:
    page = browser.new_page(viewport=PHONE)
    page.set_content(report)
    yield page
    page.close()


def test_a_phone_shows_the_whole_width_and_plots_are_moved_in_their_boxes(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    plot = page.locator("figure").first
    assert plot.locator("img").evaluate("one => one.clientWidth") >= READABLE_PX
    before = plot.evaluate("one => [one.scrollWidth > one.clientWidth, one.scrollLeft]")
    assert before == [True, 0]
    plot.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('figure').scrollLeft > 0")
    page.set_viewport_size(DESK)
    assert plot.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    assert plot.locator("img").evaluate("one => one.clientWidth") >= READABLE_PX


def test_axe_finds_nothing_serious(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
