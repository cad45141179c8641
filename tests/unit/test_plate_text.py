"""How readings become the text that their country writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InvalidRequest
from pipelines.plate_alphabet import ALPHABET, LATIN_TO_CYRILLIC
from pipelines.plate_patterns import COUNTRIES, REGIONS
from pipelines.plate_text import interpret

_SEPARATORS = str.maketrans("", "", " -.")
_readings = st.text(alphabet=ALPHABET, max_size=12)
_regions = st.none() | st.sampled_from([*COUNTRIES, *REGIONS])


@pytest.mark.parametrize(
    ("raw", "country", "formatted"),
    [
        ("30M2943", "VN", "30M-2943"),
        ("30A12345", "VN", "30A-123.45"),
        ("29LD12345", "VN", "29-LD 123.45"),
        ("59X112345", "VN", "59-X1 123.45"),
        ("A123BC77", "RU", "A123BC77"),
        ("A123BC777", "RU", "A123BC777"),
        ("ABC1D23", "BR", "ABC1D23"),
        ("WESEA115", "DE", "WES-EA 115"),
        ("AB12CDE", "GB", "AB12 CDE"),
        ("1234BCD", "ES", "1234 BCD"),
        ("WA12345", "PL", "WA 12345"),
        ("GH123J", "NL", "GH-123-J"),
        ("1ABC123", "BE", "1-ABC-123"),
        ("12AB34", "PT", "12-AB-34"),
        ("W12345A", "AT", "W-12345A"),
        ("1A23456", "CZ", "1A2 3456"),
        ("AA1234BB", "UA", "AA 1234 BB"),
        ("B123ABC", "RO", "B 123 ABC"),
        ("34ABC123", "TR", "34 ABC 123"),
        ("KA01AJ7533", "IN", "KA 01 AJ 7533"),
        ("B1234XYZ", "ID", "B 1234 XYZ"),
    ],
)
def test_formats_a_plate_as_its_country_writes_it(raw: str, country: str, formatted: str) -> None:
    text = interpret(raw)
    assert (text.country, text.formatted, text.text) == (country, formatted, raw)


def test_keeps_the_raw_reading_and_drops_separators_and_case_from_the_text() -> None:
    text = interpret("30m-2943 ")
    assert (text.raw, text.text, text.formatted) == ("30m-2943 ", "30M2943", "30M-2943")


def test_leaves_the_country_open_where_two_formats_fit_equally() -> None:
    text = interpret("EX079PB")
    assert (text.country, text.formatted) == (None, "EX079PB")


@pytest.mark.parametrize(
    ("raw", "region", "formatted"),
    [
        ("EX079PB", "FR", "EX-079-PB"),
        ("EX079PB", "it", "EX 079PB"),
        ("ABC1234", "BR", "ABC-1234"),
        ("ABC1234", "US-GA", "ABC1234"),
        ("ABC123", "SE", "ABC 123"),
        ("ABC123", "HU", "ABC-123"),
    ],
)
def test_a_region_decides_between_formats(raw: str, region: str, formatted: str) -> None:
    text = interpret(raw, region=region)
    assert (text.country, text.formatted) == (region[:2].upper(), formatted)
    assert interpret(raw).country is None


def test_guesses_of_the_region_decide_as_well() -> None:
    text = interpret("EX079PB", region_probabilities={"FR": 0.9, "IT": 0.1})
    assert (text.country, text.formatted) == ("FR", "EX-079-PB")


@pytest.mark.parametrize(
    ("raw", "region", "state"),
    [("8UBK725", None, "US-CA"), ("ABC1234", "US-TX", "US-TX"), ("ABC1234", "US", None)],
)
def test_names_the_state_where_it_is_clear(raw: str, region: str | None, state: str | None) -> None:
    text = interpret(raw, region=region)
    assert (text.country, text.region) == ("US", state)


def test_a_country_without_states_has_no_region() -> None:
    assert interpret("30M2943").region is None


def test_names_the_country_but_not_the_format_where_only_the_split_is_unclear() -> None:
    text = interpret("HHAB123E", region="DE")
    assert (text.country, text.formatted) == ("DE", "HHAB123E")


def test_refuses_an_unknown_region() -> None:
    with pytest.raises(InvalidRequest, match=r"^unknown region 'XX'; known regions: AD, AE, "):
        interpret("ABC1234", region="XX")


@pytest.mark.parametrize("raw", ["PIRAT888X", "GOTFISH", "E", ""])
def test_leaves_a_text_without_pattern_as_it_is(raw: str) -> None:
    text = interpret(raw)
    assert (text.text, text.formatted, text.country, text.cyrillic) == (raw, raw, None, None)


@pytest.mark.parametrize(
    ("raw", "mended"),
    [("3OM2943", "30M2943"), ("A1Z3BC77", "A123BC77"), ("KAO1AJ7533", "KA01AJ7533")],
)
def test_mends_confusable_characters_where_a_pattern_asks_for_it(raw: str, mended: str) -> None:
    assert interpret(raw).text == mended


def test_does_not_mend_a_character_that_was_read_with_confidence() -> None:
    sure = [0.99] * 7
    unsure = [0.99, 0.5, *[0.99] * 5]
    assert interpret("3OM2943", char_confidences=sure).text == "3OM2943"
    assert interpret("3OM2943", char_confidences=unsure).text == "30M2943"


def test_does_not_mend_a_text_that_has_a_known_shape() -> None:
    assert interpret("ABC1D23", region="VN").text == "ABC1D23"


def test_mends_further_in_a_named_region() -> None:
    assert interpret("A1Z3BCT7").text == "A1Z3BCT7"
    assert interpret("A1Z3BCT7", region="RU").text == "A123BC77"


def test_refuses_confidences_of_another_length() -> None:
    with pytest.raises(ValueError, match="shorter"):
        interpret("ABC", char_confidences=[0.5])


@pytest.mark.parametrize("raw", ["а123вс77", "А123ВС77", "A123BC77"])  # noqa: RUF001
def test_russian_plates_have_a_cyrillic_form_whatever_the_script_read(raw: str) -> None:
    text = interpret(raw)
    assert (text.text, text.cyrillic) == ("A123BC77", "а123вс77")  # noqa: RUF001


def test_only_russian_plates_have_a_cyrillic_form() -> None:
    assert interpret("ABC1234").cyrillic is None


@given(
    st.text(alphabet="".join(LATIN_TO_CYRILLIC), min_size=3, max_size=3),
    st.integers(0, 999),
    st.integers(1, 99),
)
def test_the_cyrillic_form_reads_back_as_the_same_plate(
    letters: str, number: int, region: int
) -> None:
    raw = f"{letters[0]}{number:03d}{letters[1:]}{region:02d}"
    text = interpret(raw)
    assert text.cyrillic is not None
    assert interpret(text.cyrillic).text == raw


@given(st.text(max_size=24), _regions)
def test_any_text_gives_only_plate_characters_and_their_separators(
    raw: str, region: str | None
) -> None:
    text = interpret(raw, region=region)
    assert text.raw == raw
    assert set(text.text) <= set(ALPHABET)
    assert text.formatted.translate(_SEPARATORS) == text.text


@given(_readings, _regions)
def test_interpreting_twice_changes_nothing_more(raw: str, region: str | None) -> None:
    once = interpret(raw, region=region)
    twice = interpret(once.text, region=region)
    assert (twice.text, twice.formatted, twice.country) == (
        once.text,
        once.formatted,
        once.country,
    )


@given(_readings, st.data())
def test_a_confident_character_is_never_changed(raw: str, data: st.DataObject) -> None:
    confidences = data.draw(st.lists(st.floats(0, 1), min_size=len(raw), max_size=len(raw)))
    region = data.draw(_regions)
    text = interpret(raw, char_confidences=confidences, region=region).text
    changed = [i for i, (a, b) in enumerate(zip(raw, text, strict=True)) if a != b]
    assert all(confidences[i] < 0.9 for i in changed)
