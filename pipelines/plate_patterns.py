"""How countries, states and provinces write their plates: ``plate_syntaxes.yaml``, loaded.

The language of the templates is described at the top of that file.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Final, Literal

import yaml

from pipelines.errors import InvalidRequest

Mends = Literal["freely", "named", "never"]

_TABLE: Final = Path(__file__).with_name("plate_syntaxes.yaml")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """One way in which a region writes its plates.

    Attributes:
        region: ISO 3166-1 alpha-2 code, or ISO 3166-2 code of a state or province.
        template: The shape, in the language of ``plate_syntaxes.yaml``.
        source: Where the rule is written down.
        letters: What ``L`` stands for.
        areas: What ``@`` stands for: area codes, or the years of a British plate.
        weight: How common it is in the world, among plates that look like it, (0, 1].
        mends: Where it puts confusable characters right: in any plate, only where the region is
            known, or never.
        vehicle: What carries it.
        chosen: Whether owners there may choose any text.
        checked: Whether the row was compared with a copy of its source.
    """

    region: str
    template: str
    source: str
    letters: str = ascii_uppercase
    areas: frozenset[str] = frozenset()
    weight: float = 1.0
    mends: Mends = "freely"
    vehicle: Literal["any", "motorcycle"] = "any"
    chosen: bool = False
    checked: bool = False

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2 code."""
        return self.region[:2]


def _pattern(region: str, group: Mapping[str, Any], row: Mapping[str, Any]) -> PlatePattern:
    fields = {**group, **row}
    without = fields.pop("without", "")
    if without and "letters" not in row:
        fields["letters"] = "".join(letter for letter in ascii_uppercase if letter not in without)
    fields["areas"] = frozenset(_areas(fields.get("areas", "")))
    fields["weight"] = group.get("weight", 1.0) * row.get("weight", 1.0)
    return PlatePattern(region=region, **fields)


def _areas(codes: str) -> Iterator[str]:
    for code in codes.split():
        first, _, last = code.partition("-")
        if last:
            yield from (f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1))
        else:
            yield first


def _load() -> Iterator[PlatePattern]:
    with _TABLE.open(encoding="utf-8") as file:
        # Either loader is a safe one.
        groups: dict[str, dict[str, Any]] = yaml.load(file, Loader=_LOADER)  # nosec B506
    for region, group in groups.items():
        for row in group.pop("rows"):
            yield _pattern(region, group, {"template": row} if isinstance(row, str) else row)


PATTERNS: Final = tuple(_load())
"""All rows of the table."""

REGIONS: Final = tuple(sorted({pattern.region for pattern in PATTERNS}))
"""Regions with a pattern: countries, and states and provinces where these have their own."""

COUNTRIES: Final = tuple(sorted({pattern.country for pattern in PATTERNS}))


def patterns_of(region: str) -> tuple[PlatePattern, ...]:
    """Return the patterns of a country with all its states, or of one state, most common first.

    Raises:
        InvalidRequest: No patterns are known for the region.
    """
    known = known_region(region)
    return tuple(pattern for pattern in PATTERNS if within(pattern.region, known))


def within(region: str, wider: str | None) -> bool:
    """Whether a region is another one or a part of it; everything is a part of None."""
    return wider is None or region == wider or region.startswith(f"{wider}-")


def has_patterns(region: str) -> bool:
    """Whether patterns are known for a region, or for a state of it."""
    return region in REGIONS or region in COUNTRIES


def known_region(region: str | None) -> str | None:
    """The region as the patterns spell it, upper-case.

    Raises:
        InvalidRequest: No patterns are known for the region; the known ones are listed.
    """
    if region is None:
        return None
    code = region.upper()
    if not has_patterns(code):
        raise InvalidRequest(f"unknown region {region!r}; known regions: {_listed()}")
    return code


def _listed() -> str:
    """``AD, AE, AU-ACT|NSW|NT, ...``: each country once."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for region in REGIONS:
        country, _, part = region.partition("-")
        parts[country] += [part] if part else []
    return ", ".join(
        f"{country}-{'|'.join(of)}" if of else country for country, of in parts.items()
    )
