"""How readings become the text that their country writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InvalidRequest
from pipelines.plate_alphabet import ALPHABET, LATIN_TO_CYRILLIC
from pipelines.plate_patterns import COUNTRIES, REGIONS
from pipelines.plate_text import interpret
from pipelines.types import PlateCandidate, PlateText

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


def _read(*texts: tuple[str, float], char: float = 0.6, region: str | None = None) -> PlateText:
    """Interpret candidates, best first, each character of the first read with one confidence."""
    return interpret(
        texts[0][0],
        char_confidences=[char] * len(texts[0][0]),
        candidates=[PlateCandidate(text, confidence) for text, confidence in texts],
        region=region,
    )


def test_a_candidate_with_the_shape_of_a_plate_replaces_a_text_without() -> None:
    text = _read(("RX6IGDU", 0.8), ("RX61GDU", 0.17))
    assert (text.text, text.formatted, text.raw) == ("RX61GDU", "RX61 GDU", "RX6IGDU")


@pytest.mark.parametrize(
    ("why", "first", "second", "char"),
    [
        ("sure as a whole", ("RX6IGDU", 0.93), ("RX61GDU", 0.05), 0.8),
        ("sure in every character", ("RX6IGDU", 0.8), ("RX61GDU", 0.17), 0.95),
        ("much likelier", ("RX6IGDU", 0.85), ("RX61GDU", 0.05), 0.8),
        ("a plate itself", ("RJ11GB1829", 0.5), ("RJ11B1829", 0.45), 0.6),
        ("a word", ("POOTIS", 0.5), ("P00TIS", 0.45), 0.6),
        ("short", ("L33OWO", 0.4), ("L330WO", 0.38), 0.6),
    ],
)
def test_keeps_what_was_read_where_it_is(
    why: str, first: tuple[str, float], second: tuple[str, float], char: float
) -> None:
    assert _read(first, second, char=char).text == first[0], why


def test_american_plates_of_the_owner_s_choice_are_not_put_right() -> None:
    for text, other in [("V3RMONT", "V3RM0NT"), ("IF6WAS9", "1F6WAS9"), ("B4KU", "84KU")]:
        assert _read((text, 0.5), (other, 0.4)).text == text
        assert _read((text, 0.5), (other, 0.2), region="US").text == text


def test_a_state_puts_its_own_plates_right() -> None:
    assert _read(("IFLP618", 0.5), ("1FLP618", 0.4), region="US-CA").text == "1FLP618"


def test_candidates_carry_their_probability_after_the_patterns() -> None:
    text = _read(("RX6IGDU", 0.6), ("RX61GDU", 0.3), ("HX61GDU", 0.05))
    assert [candidate.text for candidate in text.candidates][:2] == ["RX61GDU", "RX6IGDU"]
    assert text.candidates[0].confidence == pytest.approx(2.4 / (0.6 + 2.4 + 0.4 + 0.05))
    assert sum(candidate.confidence for candidate in text.candidates) <= 1


def test_candidates_of_a_plate_keep_the_reader_s_probabilities() -> None:
    candidates = (PlateCandidate("30M2943", 0.7), PlateCandidate("30M2948", 0.2))
    text = interpret("30M2943", char_confidences=[0.8] * 7, candidates=candidates)
    assert text.candidates == candidates


def test_nothing_read_has_no_candidates() -> None:
    assert interpret("-", candidates=[PlateCandidate("-", 0.4)]).candidates == ()


@pytest.mark.parametrize(
    ("raw", "text", "country"),
    [
        ("INUP84AE6664", "UP84AE6664", "IN"),
        ("INDKA01AJ7533", "KA01AJ7533", "IN"),
        ("UAAA1234BB", "AA1234BB", "UA"),
    ],
)
def test_drops_the_band_before_a_number_of_its_country(raw: str, text: str, country: str) -> None:
    found = interpret(raw, char_confidences=[0.97] * len(raw))
    assert (found.raw, found.text, found.country) == (raw, text, country)


@pytest.mark.parametrize("raw", ["INDIANA", "E1234XYZ", "NL26SPF4", "INUP84AE", "DHHAB123"])
def test_keeps_letters_that_only_look_like_a_band(raw: str) -> None:
    assert interpret(raw).text == raw


def test_a_region_tells_the_band_from_the_number() -> None:
    assert interpret("E1234XYZ", region="ES").text == "1234XYZ"


@pytest.mark.parametrize("guesses", [{"unknown": 0.9}, {"ES": 0.1, "FR": 0.1}, {}])
def test_guesses_that_tell_nothing_leave_everything_as_without(guesses: dict[str, float]) -> None:
    for raw in ("30M2943", "3OM2943", "RX6IGDU", "V3RMONT"):
        guessed = interpret(raw, char_confidences=[0.6] * 7, region_probabilities=guesses)
        assert guessed == interpret(raw, char_confidences=[0.6] * 7)


def test_an_uncertain_guess_of_the_region_changes_nothing() -> None:
    raw = "O123BCD"
    guessed = interpret(raw, char_confidences=[0.6] * 7, region_probabilities={"ES": 0.1})
    assert guessed.text == raw
    likely = interpret(raw, char_confidences=[0.6] * 7, region_probabilities={"ES": 0.9})
    assert likely.text == "0123BCD"


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


@given(_readings, st.lists(_readings, max_size=4), _regions)
def test_sure_characters_leave_only_candidates_of_another_length(
    raw: str, others: list[str], region: str | None
) -> None:
    candidates = [
        PlateCandidate(text, 0.8 / (place + 1)) for place, text in enumerate([raw, *others])
    ]
    text = interpret(raw, char_confidences=[0.95] * len(raw), candidates=candidates, region=region)
    longer = [other for other in others if len(other) != len(raw)]
    assert text.text in {raw, *longer} or raw.endswith(text.text)
    assert [found.text for found in text.candidates[:1]] == ([text.text] if text.text else [])


@given(_readings, st.data())
def test_a_confident_character_is_never_changed(raw: str, data: st.DataObject) -> None:
    confidences = data.draw(st.lists(st.floats(0, 1), min_size=len(raw), max_size=len(raw)))
    region = data.draw(_regions)
    text = interpret(raw, char_confidences=confidences, region=region).text
    if not raw.endswith(text) or len(text) == len(raw):  # else it lost the letters of a band
        changed = [i for i, (a, b) in enumerate(zip(raw, text, strict=True)) if a != b]
        assert all(confidences[i] < 0.9 for i in changed)
