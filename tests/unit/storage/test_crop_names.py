"""Names of crops and of their owners."""

from datetime import UTC, datetime

import pytest

from pipelines.errors import NotFound
from pipelines.storage import crop_names

FACE = "20260131_235959_7K2QXA_face.jpg"
PLATE = "20260131_235959_7K2QXA_lp.jpg"


def test_a_path_and_a_name_lead_to_each_other() -> None:
    for name, path in {
        FACE: f"static/images/faces/{FACE}",
        PLATE: f"static/images/license_plates/{PLATE}",
    }.items():
        assert crop_names.path_of(name) == path
        assert crop_names.name_of(path) == name
        assert crop_names.is_path(path)


def test_keys_are_below_day_and_hour() -> None:
    assert crop_names.key_of(FACE) == f"faces/20260131/23/{FACE}"
    assert crop_names.key_of(PLATE) == f"license_plates/20260131/23/{PLATE}"
    assert crop_names.first_key_of(PLATE) == f"license_plates/{PLATE}"


@pytest.mark.parametrize("name", ["", "crop.jpg", FACE.lower(), f"{FACE}\n", f"x{FACE}"])
def test_other_names_are_not_found(name: str) -> None:
    for function in (crop_names.path_of, crop_names.key_of, crop_names.first_key_of):
        with pytest.raises(NotFound, match=r"^Resource not found$"):
            function(name)
    assert crop_names.moment_of(name) is None
    assert not crop_names.is_path(name)


def test_a_name_tells_its_moment() -> None:
    assert crop_names.moment_of(FACE) == datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert crop_names.moment_of("20261331_235959_7K2QXA_face.jpg") is None


def test_owners_have_folders_of_their_own() -> None:
    token = "0123456789abcdef" * 2
    assert crop_names.folder_of(crop_names.driver_owner(7)) == "owners/driver/0/7"
    assert crop_names.folder_of(crop_names.driver_owner(1000)) == "owners/driver/1/1000"
    assert crop_names.folder_of(crop_names.token_owner(token)) == f"owners/token/{token}"
    assert crop_names.is_owner(crop_names.token_owner(token))
    assert not crop_names.is_owner(crop_names.token_owner(token + "0"))
    assert not crop_names.is_owner("driver-1\n")
