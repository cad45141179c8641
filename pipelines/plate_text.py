"""From what a reader saw to the text as its country writes it."""

from collections import defaultdict
from collections.abc import Sequence
from math import log10
from typing import Final

from pipelines.errors import InvalidRequest
from pipelines.plate_alphabet import fold, to_cyrillic
from pipelines.plate_patterns import PATTERNS
from pipelines.plate_shapes import Shape, expand
from pipelines.types import PlateText

SURE: Final = 0.9
"""A character read with at least this confidence is never changed."""

STRAIN_WITHOUT_REGION: Final = 2
STRAIN_IN_REGION: Final = 5
"""How much a text may be changed to fit a pattern (``Shape.mended``)."""

SHORTEST_MENDED: Final = 7
"""Without a region, shorter texts have too many possible shapes to be changed."""

CLEAR_LEAD: Final = log10(2.0)
"""How much likelier one format must be than the next before it is chosen without a region."""

REGIONS: Final = tuple(sorted({pattern.country for pattern in PATTERNS}))
"""Countries with a pattern, ISO 3166-1 alpha-2."""


def _by_length() -> dict[int, tuple[Shape, ...]]:
    shapes: defaultdict[int, list[Shape]] = defaultdict(list)
    for pattern in PATTERNS:
        for shape in expand(pattern):
            shapes[len(shape.slots)].append(shape)
    return {length: tuple(found) for length, found in shapes.items()}


_SHAPES: Final = _by_length()


def interpret(
    raw: str,
    *,
    char_confidences: Sequence[float] | None = None,
    region: str | None = None,
) -> PlateText:
    """Apply the country patterns to a reading.

    A text that has a known shape is never changed. Otherwise confusable characters (O and 0, I and
    1, ...) are put right where that gives it the shape of a strict pattern, and only those
    characters that were not read with confidence. Where patterns with different formats fit about
    equally well, the country stays unknown and the text unformatted.

    Args:
        raw: What was read; anything but letters and digits is dropped.
        char_confidences: One a character of ``raw``, [0, 1].
        region: ISO 3166-1 alpha-2 code of the only country whose patterns are tried.

    Raises:
        InvalidRequest: No patterns are known for the region.
        ValueError: ``char_confidences`` has another length than ``raw``.
    """
    if char_confidences is None:
        char_confidences = [0.0] * len(raw)
    known = known_region(region)
    folded = [
        (fold(character), confidence >= SURE)
        for character, confidence in zip(raw, char_confidences, strict=True)
    ]
    text = "".join(character for character, _ in folded)
    fixed = [sure for character, sure in folded if character]
    shapes = _shapes(len(text), known)
    if shapes and not any(shape.matches(text) for shape in _SHAPES[len(text)]):
        text = _mend(text, fixed, shapes, known is not None)
    country, formatted = _format(text, [shape for shape in shapes if shape.matches(text)])
    cyrillic = to_cyrillic(text) if country == "RU" else None
    return PlateText(raw=raw, text=text, formatted=formatted, country=country, cyrillic=cyrillic)


def known_region(region: str | None) -> str | None:
    """The region as the patterns spell it.

    Raises:
        InvalidRequest: No patterns are known for the region.
    """
    if region is None:
        return None
    country = region.upper()
    if country not in REGIONS:
        known = ", ".join(REGIONS)
        raise InvalidRequest(f"unknown region {region!r}; known regions: {known}")
    return country


def _shapes(length: int, country: str | None) -> tuple[Shape, ...]:
    shapes = _SHAPES.get(length, ())
    if country is None:
        return shapes
    return tuple(shape for shape in shapes if shape.pattern.country == country)


def _mend(text: str, fixed: Sequence[bool], shapes: Sequence[Shape], in_region: bool) -> str:
    """Return the text with the least change, or as it is where that is not one text."""
    if not in_region and (len(text) < SHORTEST_MENDED or text.isalpha() or text.isdigit()):
        return text
    most = STRAIN_IN_REGION if in_region else STRAIN_WITHOUT_REGION
    tried = (shape.mended(text, fixed, most) for shape in shapes if shape.pattern.mends)
    found = [mended for mended in tried if mended is not None]
    least = min((strain for strain, _ in found), default=0)
    texts = {mended for strain, mended in found if strain == least}
    return texts.pop() if len(texts) == 1 else text


def _format(text: str, shapes: Sequence[Shape]) -> tuple[str | None, str]:
    """Return the likeliest country and format: None and the bare text where it is not clear."""
    if not shapes:
        return None, text
    best = max(shapes, key=lambda shape: shape.likelihood)
    rivals = [
        shape
        for shape in shapes
        if shape.separators != best.separators and shape.likelihood > best.likelihood - CLEAR_LEAD
    ]
    if not rivals:
        return best.pattern.country, best.format(text)
    same = all(shape.pattern.country == best.pattern.country for shape in rivals)
    return (best.pattern.country if same else None), text
