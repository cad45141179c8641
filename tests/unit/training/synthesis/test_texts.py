"""Templates, personal plates, characters at random."""

import re

import numpy as np
import pytest

from pipelines.training.synthesis.layouts import load_layouts
from pipelines.training.synthesis.texts import at_random, chosen, rows_of, shuffled, written


def test_writes_what_the_template_says() -> None:
    text = written("[AB]{2}-9{1,3} <X>(YES|NO)/X", np.random.default_rng(1))
    assert re.fullmatch(r"[AB]{2}-\d{1,3} X(YES|NO)/[A-Z0-9]", text)


def test_names_the_place_where_a_template_breaks() -> None:
    with pytest.raises(ValueError, match=r"template 'A9\?' cannot be parsed at 2"):
        written("A9?", np.random.default_rng(0))


def test_rows_have_no_separators() -> None:
    assert rows_of("AB*12~C/9.8-7 6") == ("AB12C", "9876")


def test_personal_plates_have_two_to_seven_characters() -> None:
    rng = np.random.default_rng(2)
    lengths = {len("".join(rows_of(chosen(rng)))) for _ in range(300)}
    assert lengths == {2, 3, 4, 5, 6, 7}


def test_random_characters_cover_the_alphabet() -> None:
    rng = np.random.default_rng(3)
    seen = {character for _ in range(300) for character in "".join(rows_of(at_random(rng)))}
    assert len(seen) == 36


def test_shuffling_keeps_the_shape() -> None:
    text = shuffled("AB-12/C 3", np.random.default_rng(4))
    assert re.fullmatch(r"[A-Z0-9]{2}-[A-Z0-9]{2}/[A-Z0-9] [A-Z0-9]", text)


def test_every_layout_writes_only_capitals_and_digits() -> None:
    rng = np.random.default_rng(5)
    for layout in load_layouts().rows:
        for template in layout.texts:
            for row in rows_of(written(template, rng)):
                assert re.fullmatch(r"[A-Z0-9]+", row), (layout.region, template, row)
