"""The language of the templates."""

import pytest

from pipelines.plate_patterns import PATTERNS, PlatePattern
from pipelines.plate_shapes import expand


def _pattern(template: str, areas: frozenset[str] = frozenset()) -> PlatePattern:
    return PlatePattern("XX", template, "none", letters="ABO", areas=areas)


def test_repeats_and_options_give_one_shape_a_length() -> None:
    shapes = expand(_pattern("L{1,2}-D{2}[EH]?"))
    assert sorted(len(shape.slots) for shape in shapes) == [3, 4, 4, 5]


def test_an_area_matches_as_a_whole() -> None:
    (shape,) = expand(_pattern("@ DD", areas=frozenset({"AB", "BO"})))
    assert shape.matches("AB12")
    assert not shape.matches("AO12")
    assert shape.format("AB12") == "AB 12"


def test_mends_an_area_into_a_known_one() -> None:
    (shape,) = expand(_pattern("@ DD", areas=frozenset({"AB", "BO"})))
    assert shape.mended("8810", [False] * 4, 9) is None
    assert shape.mended("B01O", [False] * 4, 9) == (2, "BO10")


def test_a_narrower_pattern_is_likelier() -> None:
    (narrow,) = expand(_pattern("[A]DD"))
    (wide,) = expand(_pattern("LDD"))
    assert narrow.likelihood > wide.likelihood


def test_refuses_a_template_that_it_cannot_read() -> None:
    with pytest.raises(ValueError, match=r"^template 'LL\*D' cannot be read from position 2$"):
        expand(_pattern("LL*D"))


@pytest.mark.parametrize(
    "pattern", PATTERNS, ids=lambda pattern: f"{pattern.country} {pattern.template}"
)
def test_every_pattern_expands_to_shapes_that_keep_the_text(pattern: PlatePattern) -> None:
    for shape in expand(pattern):
        text = "".join(min(slot) for slot in shape.slots)
        assert shape.format(text).translate(str.maketrans("", "", " -.")) == text
        assert 3 <= len(text) <= 11
