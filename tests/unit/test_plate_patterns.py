"""The table of syntaxes."""

import re
from pathlib import Path

import pytest

from pipelines import plate_patterns
from pipelines.errors import InvalidRequest
from pipelines.plate_alphabet import ALPHABET
from pipelines.plate_patterns import COUNTRIES, PATTERNS, REGIONS, known_region, patterns_of

EUROPEAN_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
AMERICAN_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)


def test_covers_the_european_union_the_american_states_and_sixty_countries() -> None:
    assert set(EUROPEAN_UNION.split()) <= set(REGIONS)
    assert {f"US-{state}" for state in AMERICAN_STATES.split()} <= set(REGIONS)
    assert len(AMERICAN_STATES.split()) == 51
    assert len(COUNTRIES) >= 60


def test_every_row_is_complete() -> None:
    for pattern in PATTERNS:
        assert re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", pattern.region)
        assert pattern.source.startswith("Wikipedia: ")
        assert 0 < pattern.weight <= 1
        assert pattern.mends in {"freely", "named", "never"}
        assert pattern.vehicle in {"any", "motorcycle"}
        assert set(pattern.letters) <= set(ALPHABET)
        assert bool(pattern.areas) or "@" not in pattern.template
        assert set("".join(pattern.areas)) <= set(ALPHABET)


def test_no_template_comes_twice_in_a_region() -> None:
    rows = [(pattern.region, pattern.template, pattern.areas) for pattern in PATTERNS]
    assert len(set(rows)) == len(rows)


def test_plates_that_owners_choose_put_nothing_right_elsewhere() -> None:
    assert not [pattern for pattern in PATTERNS if pattern.chosen and pattern.mends == "freely"]


def test_no_line_of_the_table_hides_another_region_of_the_same_name() -> None:
    table = Path(plate_patterns.__file__).with_name("plate_syntaxes.yaml").read_text("utf-8")
    groups = re.findall(r'^"?([A-Z]{2}(?:-[A-Z0-9]+)?)"?:$', table, flags=re.MULTILINE)
    assert sorted(groups) == list(REGIONS)


@pytest.mark.parametrize(
    ("region", "known"), [("de", "DE"), ("us-ca", "US-CA"), ("US", "US"), (None, None)]
)
def test_knows_countries_and_states_in_any_case(region: str | None, known: str | None) -> None:
    assert known_region(region) == known


def test_refuses_an_unknown_region_and_lists_the_known_compactly() -> None:
    with pytest.raises(InvalidRequest) as error:
        known_region("US-XX")
    message = str(error.value)
    assert message.startswith("unknown region 'US-XX'; known regions: AD, AE, AL, ")
    assert ", US-AK|AL|AR|AZ|CA|" in message
    assert len(message) < 900


def test_a_country_stands_for_all_its_states() -> None:
    assert {pattern.region for pattern in patterns_of("US")} == {
        f"US-{state}" for state in AMERICAN_STATES.split()
    }
    assert {pattern.region for pattern in patterns_of("us-ca")} == {"US-CA"}
    assert {pattern.region for pattern in patterns_of("CA")} >= {"CA-ON", "CA-QC"}
