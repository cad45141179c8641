"""What reads as a plate character."""

import pytest

from pipelines.plate_alphabet import ALPHABET, fold, to_cyrillic


@pytest.mark.parametrize("character", ALPHABET)
def test_plate_characters_stand_for_themselves(character: str) -> None:
    assert fold(character) == character


@pytest.mark.parametrize(
    ("character", "folded"),
    [("a", "A"), ("ü", "U"), ("Đ", "D"), ("７", "7"), ("с", "C"), ("Х", "X"), ("Ρ", "P")],  # noqa: RUF001
)
def test_look_alikes_stand_for_the_latin_character(character: str, folded: str) -> None:
    assert fold(character) == folded


@pytest.mark.parametrize("character", ["-", " ", "京", "ق", "Ж", "é́"[1], ""])
def test_everything_else_stands_for_nothing(character: str) -> None:
    assert fold(character) == ""


def test_letters_turn_into_lower_case_cyrillic_and_digits_stay() -> None:
    assert to_cyrillic("A123BC77") == "а123вс77"  # noqa: RUF001
