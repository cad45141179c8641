"""Known plates as their countries write them."""

import pytest

from pipelines.plate_text import written


@pytest.mark.parametrize(
    ("text", "country", "formatted"),
    [
        ("30A12345", "VN", "30A-123.45"),
        ("30A12345", "RU", "30A12345"),
        ("30A12345", "ZZ", "30A12345"),
        ("AB123", None, "AB123"),
        ("0O0O0O", "VN", "0O0O0O"),
    ],
)
def test_a_known_plate_is_written_as_its_country_does_and_never_mended(
    text: str, country: str | None, formatted: str
) -> None:
    assert written(text, country) == formatted
