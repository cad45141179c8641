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
