"""The table of layouts."""

import re

import numpy as np
import pytest

from pipelines.training.synthesis.colours import COLOURS
from pipelines.training.synthesis.dies import STYLES
from pipelines.training.synthesis.fonts import FAMILIES
from pipelines.training.synthesis.layouts import load_layouts

STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM"
    " NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC"
)


def test_regions_are_iso_codes() -> None:
    for region in load_layouts().regions:
        assert re.fullmatch(r"[A-Z]{2}(-[A-Z]{2})?", region)


def test_every_american_state_has_a_layout() -> None:
    regions = load_layouts().regions
    assert not {f"US-{state}" for state in STATES.split(" ")} - set(regions)


def test_at_least_sixty_countries_have_layouts() -> None:
    assert len({region[:2] for region in load_layouts().regions}) >= 60


def test_colours_and_typefaces_are_known() -> None:
    styles = {*STYLES, *(use for family in FAMILIES for use in family.uses)}
    for layout in load_layouts().rows:
        names = [name for ground in layout.ground for name in ground.split(">")]
        names += [*layout.ink, *(line.ink for line in layout.lines if line.ink)]
        names += [band.colour for band in layout.bands if band.colour != "none"]
        assert not set(names) - COLOURS.keys(), layout.region
        assert not set(layout.styles) - styles, layout.region


def test_an_unknown_region_is_named() -> None:
    with pytest.raises(ValueError, match="no layout of region 'ZZ'"):
        load_layouts().draw(np.random.default_rng(0), "ZZ")


def test_draws_only_the_wanted_region() -> None:
    rng = np.random.default_rng(0)
    assert {load_layouts().draw(rng, "BR").region for _ in range(20)} == {"BR"}
