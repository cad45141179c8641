"""Looking at a picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.scenes import (
    DRIVER_COLOUR,
    PLATE_COLOUR,
    UNKNOWN_COLOUR,
    choose,
    gate_jpeg,
    pixels,
    transfer,
)
from tests.console.served import Served
from tests.contract.application import UNAVAILABLE, face_jpeg, jpeg, plate_jpeg, street

Save = Callable[[str, bytes], Path]


def test_plates_and_drivers_are_drawn_and_told(page: Page, served: Served, save: Save) -> None:
    served.enrol(10, "Ann Example")
    choose(page, save("gate.jpg", gate_jpeg("30A12345", 10, 77)))
    plates, faces = (
        page.get_by_role("table", name="Plates"),
        page.get_by_role("table", name="Faces"),
    )
    expect(plates).to_contain_text("30A-123.45")
    expect(plates).to_contain_text("Vietnam")
    expect(plates).to_contain_text("The text is 99\N{NO-BREAK SPACE}% sure, the plate 90")
    expect(faces.get_by_role("link", name="Ann Example")).to_be_visible()
    expect(faces).to_contain_text("at least 0.45 is needed among 1 driver.")
    expect(faces).to_contain_text("Nobody is close enough: the nearest, driver 1, has a similarity")
    canvas = page.locator(".frame canvas")
    expect(canvas).to_have_attribute(
        "aria-label", "The picture gate.jpg. 1 plate: 30A-123.45. 2 faces: Ann Example, Unknown."
    )
    for colour in (PLATE_COLOUR, DRIVER_COLOUR, UNKNOWN_COLOUR):
        assert pixels(canvas, colour) > 100


def test_the_row_that_is_pointed_at_stands_out_on_the_picture(page: Page, save: Save) -> None:
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    row = page.get_by_role("button", name="Show 30M-2943 on the picture")
    expect(row).to_be_visible()
    canvas = page.locator(".frame canvas")
    before = pixels(canvas, PLATE_COLOUR)
    row.focus()
    assert pixels(canvas, PLATE_COLOUR) > before
    row.blur()
    assert pixels(canvas, PLATE_COLOUR) == before


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_can_be_dropped_or_pasted(page: Page, event: str) -> None:
    transfer(page, event, "car.jpg", plate_jpeg("51F12345"))
    expect(page.get_by_role("table", name="Plates")).to_contain_text("51F-123.45")
    expect(page.locator("#said")).to_have_text("1 plate: 51F-123.45. No face.")


def test_a_picture_can_be_taken_with_the_camera(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take picture").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("No plate was found.")).to_be_visible()
    expect(page.get_by_text("No face was found.")).to_be_visible()
    expect(page.locator(".frame canvas")).to_have_attribute(
        "aria-label", "The picture camera-1.jpg. No plate. No face."
    )


def test_a_second_picture_replaces_the_first(page: Page, save: Save) -> None:
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    expect(page.get_by_text("30M-2943", exact=True)).to_be_visible()
    choose(page, save("street.jpg", jpeg(street())))
    expect(page.get_by_text("No plate was found.")).to_be_visible()
    expect(page.get_by_text("30M-2943", exact=True)).to_have_count(0)
    assert pixels(page.locator(".frame canvas"), PLATE_COLOUR) == 0


def test_what_is_no_picture_is_told_in_the_services_words(page: Page, save: Save) -> None:
    choose(page, save("notes.jpg", b"no picture"))
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("the content is neither PNG nor JPEG, send one of these")
    expect(alert).to_contain_text("Request ")
    expect(page.locator(".frame canvas")).to_be_hidden()


def test_a_stage_that_fails_leaves_the_other_answer(page: Page, served: Served, save: Save) -> None:
    served.faults.detect = UNAVAILABLE
    try:
        choose(page, save("face.jpg", face_jpeg(99)))
        expect(page.get_by_role("alert")).to_contain_text("PlateDetector.detect did not answer")
        expect(page.get_by_role("table", name="Faces")).to_contain_text("Unknown")
    finally:
        served.faults.detect = None


def test_a_service_that_is_gone_is_told(page: Page, save: Save) -> None:
    page.route("**/v1/*", lambda route: route.abort())
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    expect(page.get_by_role("alert").first).to_contain_text("The service cannot be reached.")


def test_an_answer_of_something_in_between_is_told(page: Page, save: Save) -> None:
    page.route("**/v1/*", lambda route: route.fulfill(status=502, body="<b>Bad gateway</b>"))
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    expect(page.get_by_role("alert").first).to_contain_text(
        "The service answered 502: <b>Bad gateway</b>"
    )


def test_a_hostile_name_stays_a_text(page: Page, served: Served, save: Save) -> None:
    name = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>'
    served.enrol(20, name)
    choose(page, save("face.jpg", face_jpeg(20)))
    link = page.get_by_role("link", name="<img")
    expect(link).to_have_text(name)
    link.click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(name)
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_role("button", name="Erase the driver").click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    assert page.evaluate("window.hacked") is None
