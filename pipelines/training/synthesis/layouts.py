"""Layouts of plates: proportions, colours, lettering and furniture of each country and state."""

from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import yaml

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Band:
    """A coloured band at one side.

    Attributes:
        side: ``left``, ``right``, ``top`` or ``bottom``.
        colour: Name of a colour; ``none`` leaves the ground.
        letters: Words on it, ``|`` between alternatives.
        mark: ``stars``, ``flag``, ``shield``, ``disc``, ``cross`` or empty.
        size: Share of the plate's width (left, right) or height (top, bottom).
        share: How often the band is there.
    """

    side: str
    colour: str = "eu"
    letters: str = ""
    mark: str = ""
    size: float = 0.085
    share: float = 1.0


@dataclass(frozen=True)
class Line:
    """A line of small words that is no part of the number.

    Attributes:
        words: Alternatives, ``|`` between them; ``{year}`` and such are filled in
            (``vocabulary.filled``).
        place: ``top`` or ``bottom``.
        use: Use of fonts: ``plain``, ``script``, ``serif``, ``bold``.
        ink: Name of a colour; empty means that of the number.
        height: Share of the plate's height.
        share: How often it is there.
        width: Largest share of the plate's width.
    """

    words: str
    place: str = "top"
    use: str = "plain"
    ink: str = ""
    height: float = 0.13
    share: float = 1.0
    width: float = 0.6


@dataclass(frozen=True)
class Layout:
    """One kind of plate.

    Attributes:
        region: ISO 3166-1 alpha-2 or ISO 3166-2 code.
        texts: Templates (``texts.written``).
        weight: How often, relative to the others.
        size: Width and height in millimetres.
        ground: Names of colours (``colours.COLOURS``), one is drawn; two joined by ``>`` make a
            gradient from top to bottom.
        ink: Colour of the number.
        styles: Typefaces: ``dies.STYLES`` or uses of fonts, one is drawn.
        height: Height of the characters over the plate's (one row) or the row's.
        width: Range of the width of ``H`` over its height.
        gap: Distance of characters over their height.
        space: Distance of groups over their height.
        bands: Coloured bands.
        lines: Lines of small words.
        scenery: Pictures behind the number, one is drawn; ``none`` is none.
        border: Colour of the line around the plate; empty: none.
        corner: Radius of the corners in millimetres.
        emblem: What ``*`` and ``~`` stand for: ``seal``, ``shape``, ``heart``, ``hologram``.
        vanity: Share of personal texts.
        stickers: Share of plates with stickers in corners.
        sideways: Share with small stacked letters beside the number.
        small_first: Share of plates of two rows whose first row is much smaller.
        centre: Vertical place of the number's middle, 0 to 1.
        emboss: Range of the relief's strength.
    """

    region: str
    texts: tuple[str, ...]
    weight: float = 1.0
    size: tuple[float, float] = (520.0, 110.0)
    ground: tuple[str, ...] = ("white",)
    ink: tuple[str, ...] = ("black",)
    styles: tuple[str, ...] = ("fe", "din", "any")
    height: float = 0.68
    width: tuple[float, float] = (0.5, 0.66)
    gap: tuple[float, float] = (0.08, 0.16)
    space: tuple[float, float] = (0.25, 0.5)
    bands: tuple[Band, ...] = ()
    lines: tuple[Line, ...] = ()
    scenery: tuple[str, ...] = ("none",)
    border: str = ""
    corner: float = 8.0
    emblem: str = "seal"
    vanity: float = 0.0
    stickers: float = 0.0
    sideways: float = 0.0
    small_first: float = 0.0
    centre: float = 0.5
    emboss: tuple[float, float] = (0.0, 0.5)


_TUPLES: Final = {"texts", "ground", "ink", "styles", "scenery"}


def _layout(row: dict[str, Any], kinds: dict[str, dict[str, Any]]) -> Layout:
    merged: dict[str, Any] = {}
    for kind in str(row.get("kind", "")).split():
        merged |= kinds[kind]
    merged |= {key: value for key, value in row.items() if key != "kind"}
    known = {entry.name for entry in fields(Layout)}
    if unknown := sorted(merged.keys() - known):
        raise ValueError(f"layout of {row.get('region')}: unknown {', '.join(unknown)}")
    for key, value in merged.items():
        if key in _TUPLES:
            merged[key] = (value,) if isinstance(value, str) else tuple(map(str, value))
        elif key == "bands":
            merged[key] = tuple(Band(**band) for band in value)
        elif key == "lines":
            merged[key] = tuple(Line(**line) for line in value)
        elif isinstance(value, list):
            merged[key] = tuple(value)
    return Layout(**merged)


@dataclass(frozen=True)
class Layouts:
    """All layouts, with the odds of each.

    Attributes:
        rows: The layouts.
    """

    rows: tuple[Layout, ...]
    _odds: dict[str | None, tuple[tuple[Layout, ...], Any]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions, sorted, each once."""
        return tuple(sorted({row.region for row in self.rows}))

    def draw(self, rng: np.random.Generator, region: str | None = None) -> Layout:
        """Draws a layout by its weight.

        Args:
            rng: Draws it.
            region: Only this region's; None means all.

        Raises:
            ValueError: If there is no layout of the region.
        """
        if region not in self._odds:
            rows = tuple(row for row in self.rows if region in {None, row.region})
            if not rows:
                raise ValueError(f"no layout of region {region!r}")
            odds = np.cumsum([row.weight for row in rows])
            self._odds[region] = rows, odds / odds[-1]
        rows, odds = self._odds[region]
        return rows[min(int(np.searchsorted(odds, rng.random())), len(rows) - 1)]


@cache
def load_layouts() -> Layouts:
    """Reads ``layouts.yaml`` of this package.

    Raises:
        ValueError: If a row names something that a layout does not have.
    """
    source = resources.files("pipelines.training.synthesis")
    rows: list[Layout] = []
    for name in ("layouts.yaml", "layouts_america.yaml"):
        document = yaml.safe_load(source.joinpath(name).read_text(encoding="utf-8"))
        rows.extend(_layout(row, document["kinds"]) for row in document["layouts"])
    return Layouts(tuple(rows))
