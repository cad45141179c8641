"""Characters as strokes."""

import numpy as np
import pytest

from pipelines.training.synthesis.dies import ALPHABET, HEIGHT, STYLES, cut, strike


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_character_fills_its_height(style: str) -> None:
    for character in ALPHABET:
        mask = strike(cut(style, 3), character)
        assert mask.shape[0] == HEIGHT
        assert mask[0].max() > 0
        assert mask[-1].max() > 0


@pytest.mark.parametrize("style", sorted(STYLES))
def test_characters_of_a_die_differ(style: str) -> None:
    masks = [strike(cut(style, 1), character) for character in ALPHABET]
    # O and 0 may be one drawing, as on many plates, but differ in width.
    assert len({(mask.shape, mask.tobytes()) for mask in masks}) == len(ALPHABET)


def test_the_same_number_gives_the_same_die() -> None:
    assert cut("us", 5) == cut("us", 5)
    assert cut("us", 5) != cut("us", 6)


def test_heavier_strokes_leave_more_paint() -> None:
    dies = sorted((cut("any", index) for index in range(12)), key=lambda die: die.stroke)
    light, heavy = (np.mean(strike(die, "H") > 127) for die in (dies[0], dies[-1]))
    assert light < heavy
