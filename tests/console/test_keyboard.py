"""Without a mouse."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.console.served import Served
from tests.contract.application import plate_jpeg

Save = Callable[[str, bytes], Path]

VIEWS = ["Look", "Gate", "Events", "Traffic", "Enrol", "Drivers", "Vehicles", "Health"]
FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.id"


def tabbed(page: Page, times: int) -> list[str]:
    """What has the focus after each Tab."""
    found = []
    for _ in range(times):
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUSED))
    return found


def test_tab_goes_through_the_page_in_the_order_of_reading(page: Page) -> None:
    order = tabbed(page, 6 + len(VIEWS))
    assert order[: 1 + len(VIEWS)] == ["Skip to content", *VIEWS]
    key, keyboard, colours, *rest = order[1 + len(VIEWS) :]
    assert (key, keyboard, colours[:6]) == ("API key", "Keyboard", "System")
    assert rest == ["Choose a picture", "Use the camera"]


def test_what_has_the_focus_is_seen(page: Page) -> None:
    for _ in range(10):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(() => { const { outlineStyle, outlineWidth } ="
            " getComputedStyle(document.activeElement); return outlineStyle + outlineWidth; })()"
        )
        assert style in {"solid2px", "auto1px"}, page.evaluate(FOCUSED)


def test_the_header_can_be_skipped(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert tabbed(page, 1) == ["Choose a picture"]


def test_single_keys_change_views_and_the_heading_has_the_focus(page: Page) -> None:
    for title in (*VIEWS[1:], VIEWS[0]):
        page.keyboard.press(str(1 + VIEWS.index(title)))
        heading = page.get_by_role("heading", level=1, name=title)
        expect(heading).to_be_focused()
        expect(page).to_have_title(f"{title} \N{EN DASH} Gatehouse")
        current = page.locator('nav [aria-current="page"]')
        expect(current).to_have_text(title)


def test_a_picture_is_read_by_keys_alone(page: Page, save: Save) -> None:
    with page.expect_file_chooser() as opened:
        page.keyboard.press("o")
    opened.value.set_files(str(save("car.jpg", plate_jpeg("30M2943"))))
    expect(page.get_by_role("table", name="Plates")).to_contain_text("30M-2943")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Take picture")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No plate was found.")).to_be_visible()


def test_a_driver_is_found_and_erased_by_keys_alone(page: Page, served: Served) -> None:
    driver_id = served.enrol(50, "Kim of the keys")
    page.keyboard.press(str(1 + VIEWS.index("Drivers")))
    expect(page.get_by_role("heading", name="Drivers")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name or other id")).to_be_focused()
    page.keyboard.type("of the keys")
    expect(page.get_by_role("row")).to_have_count(2)
    assert tabbed(page, 1) == ["Kim of the keys"]
    page.keyboard.press("Enter")
    erase = page.get_by_role("button", name="Erase the driver")
    erase.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert tabbed(page, 1) == [f"Erase driver {driver_id}"]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search by name or other id")).to_be_visible()
    assert served.driver(driver_id).status_code == 404


def test_keys_are_told_and_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("Choose a picture")
    page.keyboard.press("2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look")
    dialog.get_by_label("Single keys do this").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look")


def test_a_dialog_goes_with_the_view_that_it_asks_about(page: Page) -> None:
    page.goto("/#vehicles")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_gallery_is_moved_by_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("vehicles")
    expect(page.get_by_label("Search by plate or other id")).to_be_visible()
    page.get_by_text("Move drivers and vehicles").focus()
    page.keyboard.press("Enter")
    save = page.get_by_role("button", name="Save all as a file")
    expect(save).to_be_visible()
    for _ in range(2):  # over the box for the pictures
        page.keyboard.press("Tab")
    expect(save).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")
    expect(page.locator(".note.good")).to_have_text("The file is saved.")


def test_keys_typed_into_a_field_stay_there(open_page: Callable[..., Page]) -> None:
    page = open_page("enrol")
    page.get_by_label("Name").press_sequentially("o1?/c")
    expect(page.get_by_label("Name")).to_have_value("o1?/c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enrol")
