"""Whether a photo shows a driver, and two records of one person."""

from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.console.scenes import DRIVER_COLOUR, UNKNOWN_COLOUR, choose, pixels, transfer
from tests.console.served import Served
from tests.contract.application import face_jpeg, images, jpeg, photos_of, street

Save = Callable[[str, bytes], Path]
COMPARE = "Choose a photo to compare"


def test_a_photo_is_held_against_a_driver(
    open_page: Callable[..., Page], served: Served, save: Save
) -> None:
    page = open_page(f"drivers/{served.enrol(140, 'Nina')}")
    choose(page, save("nina.jpg", photos_of(140, 4)[3]), by=COMPARE)
    told = page.locator(".note.good")
    expect(told).to_contain_text("Yes: Nina")
    expect(told).to_contain_text("at least 0.45 is needed.")
    frame = page.locator(".frame canvas")
    assert pixels(frame, DRIVER_COLOUR) > 100
    choose(page, save("other.jpg", face_jpeg(141)), by=COMPARE)
    expect(page.locator(".note.bad")).to_contain_text("No: somebody else")
    assert pixels(frame, UNKNOWN_COLOUR) > 100
    expect(page.locator("#said")).to_contain_text("No: somebody else.")


def test_a_photo_that_is_dropped_on_the_comparison_is_compared_and_no_other(
    open_page: Callable[..., Page], served: Served
) -> None:
    page = open_page(f"drivers/{served.enrol(142, 'Olga', valid_until='2020-01-01T00:00:00Z')}")
    expect(page.get_by_role("button", name=COMPARE)).to_be_visible()
    transfer(page, "drop", "olga.jpg", photos_of(142, 4)[3], on=".frame")
    expect(page.locator(".note.bad")).to_contain_text("The driver does not count at this time.")
    photos = page.get_by_role("list", name="Photos").get_by_role("listitem")
    expect(photos).to_have_count(0)
    transfer(page, "drop", "new.jpg", photos_of(142, 5)[4])
    expect(photos).to_have_count(1)


def test_a_photo_without_a_face_is_told(
    open_page: Callable[..., Page], served: Served, save: Save
) -> None:
    page = open_page(f"drivers/{served.enrol(143)}")
    choose(page, save("street.jpg", jpeg(street())), by=COMPARE)
    expect(page.get_by_role("alert")).to_contain_text("the picture shows no face")


def twin(served: Served, identity: int, name: str) -> int:
    """Enrols a person a second time."""
    answer = httpx.post(
        f"{served.url}/v1/drivers",
        params={"allow_twin": "true"},
        data={"name": name},
        files=images(face_jpeg(identity, 55), face_jpeg(identity, 65), face_jpeg(identity, 75)),
    )
    assert answer.status_code == 201, answer.text
    driver_id: int = answer.json()["driver"]["id"]
    return driver_id


def test_two_records_of_one_person_are_joined_after_a_yes(
    open_page: Callable[..., Page], served: Served
) -> None:
    kept = served.enrol(144, "Pia")
    gone = twin(served, 144, "Pia again")
    page = open_page(f"drivers/{kept}")
    page.get_by_label("Id of the other record").fill(str(gone))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(
        f"Pia again, driver {gone}, with 3 faces, becomes one with Pia, driver {kept}."
    )
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name=f"Join driver {gone} to driver {kept}").click()
    expect(page.locator(".note.good")).to_have_text(f"Driver {gone} is one with driver {kept} now.")
    expect(page.get_by_role("button", name="Remove face")).to_have_count(6)
    assert served.driver(gone).status_code == 404
    assert served.driver(kept).json()["face_count"] == 6


def test_people_who_do_not_look_alike_are_joined_only_when_told_twice(
    open_page: Callable[..., Page], served: Served
) -> None:
    kept, gone = served.enrol(145, "Quy"), served.enrol(146, "Rosa")
    page = open_page(f"drivers/{kept}")
    page.get_by_label("Id of the other record").fill(str(gone))
    page.get_by_role("button", name="Join both").click()
    page.get_by_role("button", name=f"Join driver {gone} to driver {kept}").click()
    expect(page.get_by_role("alert")).to_contain_text("do not look like one person")
    assert served.driver(gone).status_code == 200
    page.get_by_role("button", name="They are one person all the same").click()
    expect(page.locator(".note.good")).to_be_visible()
    assert served.driver(gone).status_code == 404


def test_a_record_that_does_not_exist_is_joined_to_nobody(
    open_page: Callable[..., Page], served: Served
) -> None:
    page = open_page(f"drivers/{served.enrol(147)}")
    page.get_by_label("Id of the other record").fill("999999")
    page.get_by_role("button", name="Join both").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no such driver")
    expect(page.get_by_role("dialog")).to_have_count(0)
