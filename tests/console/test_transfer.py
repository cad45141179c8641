"""Drivers and vehicles as one file: saved, and brought into another service."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.served import Served, serving
from tests.console.test_vehicles import known

MOVE = "Move drivers and vehicles"
ADD_ANYWAY = "Add drivers who are enrolled already all the same"
LEAVE = "Leave vehicles that are known here as they are"


def saved_by(page: Page, tmp_path: Path) -> Path:
    """Saves the gallery of the service whose drivers or vehicles a page lists."""
    page.get_by_text(MOVE).click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save all as a file").click()
    assert re.fullmatch(r"gatehouse-gallery-\w+\.jsonl\.gz", saving.value.suggested_filename)
    path = tmp_path / "gallery.jsonl.gz"
    saving.value.save_as(path)
    return path


@pytest.mark.parametrize("view", ["drivers", "vehicles"])
def test_a_gallery_is_moved_to_another_service(
    open_page: Callable[..., Page], served: Served, tmp_path: Path, view: str
) -> None:
    driver_id = served.enrol(310 if view == "drivers" else 311, f"Mai of {view}")
    plate = "30A11111" if view == "drivers" else "30A22222"
    known(served, plate, country="VN", driver_ids=[driver_id])
    page = open_page(view)
    file = saved_by(page, tmp_path)
    expect(page.locator("#said")).to_have_text("The file is saved.")
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other") as other:
        there = open_page("vehicles", url=other.url)
        there.get_by_text(MOVE).click()
        bring = there.get_by_role("button", name="Bring the file in")
        expect(bring).to_be_disabled()
        there.get_by_label("File to bring in").set_input_files(file)
        bring.click()
        expect(there.locator(".note.good")).to_have_text(re.compile(r"^Added: (\d) of \1 driver"))
        written = f"30A-{plate[3:6]}.{plate[6:]}"
        expect(there.get_by_role("table", name="Vehicles", exact=True)).to_contain_text(written)
        bring.click()
        expect(there.locator(".note.good")).to_have_text(re.compile(r"^Added: 0 of \d driver"))
        listed = httpx.get(f"{other.url}/v1/vehicles", params={"plate": plate}).json()["vehicles"]
        mai = httpx.get(f"{other.url}/v1/drivers", params={"query": view}).json()["drivers"][0]
        assert listed[0]["driver_ids"] == [mai["id"]]


def test_vehicles_that_are_known_are_named_and_may_stay(
    open_page: Callable[..., Page], served: Served, tmp_path: Path
) -> None:
    known(served, "51F33333")
    file = saved_by(open_page("vehicles"), tmp_path)
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other") as other:
        here = known(other, "51F33333")
        page = open_page("drivers", url=other.url)
        page.get_by_text(MOVE).click()
        page.get_by_label("File to bring in").set_input_files(file)
        page.get_by_role("button", name="Bring the file in").click()
        expect(page.get_by_role("alert")).to_contain_text("are known here already")
        table = page.get_by_role("table", name="Vehicles that are known here")
        expect(table.get_by_role("row").nth(1)).to_contain_text("51F33333")
        expect(table.get_by_role("link", name=f"Vehicle {here}")).to_be_visible()
        page.get_by_role("button", name="Leave these vehicles as they are, add the others").click()
        expect(page.locator(".note.good")).to_contain_text("Added: ")
        expect(page.get_by_label(LEAVE)).not_to_be_checked()
        expect(table.get_by_role("row")).to_have_count(2)


def test_what_was_allowed_for_one_file_is_not_for_the_next(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    with serving(tmp_path / "one") as one, serving(tmp_path / "other") as other:
        for service in (one, other):
            service.enrol(320, "Mai")
        file = saved_by(open_page("drivers", url=one.url), tmp_path)
        page = open_page("drivers", url=other.url)
        page.get_by_text(MOVE).click()
        choice, twins = page.get_by_label("File to bring in"), page.get_by_label(ADD_ANYWAY)
        bring = page.get_by_role("button", name="Bring the file in")
        choice.set_input_files(file)
        bring.click()
        page.get_by_role("button", name="Add these drivers all the same").click()
        expect(page.locator(".note.good")).to_contain_text("Added: 1 of 1 driver")
        expect(twins).not_to_be_checked()
        twins.check()
        page.get_by_label(LEAVE).check()
        choice.set_input_files(file.rename(tmp_path / "next.jsonl.gz"))
        expect(twins).not_to_be_checked()
        expect(page.get_by_label(LEAVE)).not_to_be_checked()
        with page.expect_request("**/v1/gallery/import?*") as asked:
            bring.click()
        assert "allow_twin=false&keep_known_vehicles=false" in asked.value.url
        expect(page.locator(".note.good")).to_contain_text("Added: 0 of 1 driver")


def test_a_file_that_is_no_gallery_is_told(page: Page, save: Callable[[str, bytes], Path]) -> None:
    page.goto("/#vehicles")
    page.get_by_text(MOVE).click()
    page.get_by_label("File to bring in").set_input_files(save("gallery.jsonl.gz", b"no gallery"))
    page.get_by_role("button", name="Bring the file in").click()
    expect(page.get_by_role("alert")).to_contain_text("the file is not gzip")
