"""The language of the templates."""

import numpy as np
import pytest

from pipelines.plate_patterns import PATTERNS, PlatePattern
from pipelines.plate_shapes import Shape, expand, sample_shape, sample_text, shapes_of

_SEPARATORS = str.maketrans("", "", " -.")


def _pattern(template: str, areas: frozenset[str] = frozenset()) -> PlatePattern:
    return PlatePattern("XX", template, "none", letters="ABO", areas=areas)


def _only_shape(template: str, areas: frozenset[str] = frozenset()) -> Shape:
    (shape,) = expand(_pattern(template, areas))
    return shape


def test_repeats_and_options_give_one_shape_a_length() -> None:
    shapes = expand(_pattern("L{1,2}-D{2}[EH]?"))
    assert sorted(len(shape.slots) for shape in shapes) == [3, 4, 4, 5]


def test_an_area_matches_as_a_whole() -> None:
    shape = _only_shape("@ DD", areas=frozenset({"AB", "BO"}))
    assert shape.matches("AB12")
    assert not shape.matches("AO12")
    assert shape.format("AB12") == "AB 12"


@pytest.mark.parametrize(
    ("slot", "allowed"),
    [("L", "ABO"), ("D", "0123456789"), ("X", "ABO0123456789"), ("[1-3X]", "123X")],
)
def test_a_slot_allows_its_characters_only(slot: str, allowed: str) -> None:
    assert _only_shape(f"{slot}D").slots[0] == frozenset(allowed)


def test_a_plate_in_two_lines_breaks_where_the_template_says() -> None:
    assert _only_shape("DD-LD |DDD.DD").lines("12A345678") == ("12-A3", "456.78")
    assert _only_shape("LL-DD").lines("AB12") == ("AB-12",)


def test_a_narrower_pattern_is_likelier() -> None:
    assert _only_shape("[A]DD").likelihood > _only_shape("LDD").likelihood


@pytest.mark.parametrize(("template", "place"), [("LL*D", 2), ("L{12}", 1), ("l", 0)])
def test_refuses_a_template_that_it_cannot_read(template: str, place: int) -> None:
    with pytest.raises(ValueError, match=r"^template ") as error:
        expand(_pattern(template))
    assert str(error.value) == f"template {template!r} cannot be read from position {place}"


@pytest.mark.parametrize(
    "pattern", PATTERNS, ids=lambda pattern: f"{pattern.region} {pattern.template}"
)
def test_every_pattern_gives_texts_of_its_own_shape(pattern: PlatePattern) -> None:
    rng = np.random.default_rng(7)
    for shape in expand(pattern):
        text = shape.sample(rng)
        assert 3 <= len(text) <= 11
        assert shape in shapes_of(text)
        assert shape.format(text).translate(_SEPARATORS) == text
        assert "".join(shape.lines(text)).translate(_SEPARATORS) == text


def test_samples_are_formatted_and_repeat_with_the_seed() -> None:
    pattern = _pattern("@-D{1,3}", areas=frozenset({"AB", "O"}))
    samples = [sample_text(pattern, np.random.default_rng(seed)) for seed in range(40)]
    assert samples == [sample_text(pattern, np.random.default_rng(seed)) for seed in range(40)]
    assert len(set(samples)) > 30
    assert {formatted.split("-")[0] for _, formatted in samples} == {"AB", "O"}
    assert all(formatted.replace("-", "") == text for text, formatted in samples)


def test_every_length_of_a_pattern_is_sampled() -> None:
    rng = np.random.default_rng(1)
    pattern = _pattern("L{1,3}D")
    assert {len(sample_shape(pattern, rng).slots) for _ in range(60)} == {2, 3, 4}


def test_a_text_has_the_shapes_of_all_its_countries() -> None:
    regions = {shape.pattern.region for shape in shapes_of("EX079PB")}
    assert {"FR", "IT", "GE", "AL", "AR"} <= regions
    assert shapes_of("????") == ()
