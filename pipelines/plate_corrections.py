"""What else a reading may stand for: look-alike characters, and the letters of a country's band."""

from collections.abc import Iterator, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Final

from pipelines.plate_shapes import shapes_of

SURE: Final = 0.9
"""A character, or a whole text, read with at least this confidence is never changed."""

MOST_CORRECTIONS: Final = 64
"""Bound on the texts tried for one reading; the likeliest stay."""

_CONFUSIONS: Final = (
    ("O0", 0.3),
    ("I1", 0.3),
    ("Q0", 0.3),
    ("B8", 0.1),
    ("S5", 0.1),
    ("Z2", 0.1),
    ("G6", 0.1),
    ("D0", 0.03),
    ("L1", 0.03),
    ("A4", 0.03),
    ("T7", 0.03),
)
"""A letter and a digit, and how often a wrong one of them stands for the other."""

_UNCERTAIN: Final = 0.3
"""Confidence below which a character counts as no surer than its look-alikes."""


def _likes() -> dict[str, tuple[tuple[str, float], ...]]:
    likes: dict[str, tuple[tuple[str, float], ...]] = {}
    for (letter, digit), share in _CONFUSIONS:
        likes[letter] = (*likes.get(letter, ()), (digit, share))
        likes[digit] = (*likes.get(digit, ()), (letter, share))
    return likes


_LIKES: Final = _likes()

BANDS: Final = {
    "AL": "AL",
    "B": "BE",
    "BG": "BG",
    "BIH": "BA",
    "BY": "BY",
    "CZ": "CZ",
    "E": "ES",
    "F": "FR",
    "GB": "GB",
    "HR": "HR",
    "I": "IT",
    "IN": "IN",
    "IND": "IN",
    "KZ": "KZ",
    "MNE": "ME",
    "NL": "NL",
    "NMK": "MK",
    "P": "PT",
    "RO": "RO",
    "RUS": "RU",
    "SRB": "RS",
    "TR": "TR",
    "UA": "UA",
    "UK": "GB",
}
"""Letters on the band of a plate (the Convention on Road Traffic's distinguishing signs, and IND)
-> country. Readers take them for the beginning of the number, their last letters too."""


def lookalikes(
    text: str, confidences: Sequence[float], least: float
) -> tuple[tuple[str, float], ...]:
    """Return texts with look-alike characters in the place of unsure ones.

    Args:
        text: Letters and digits.
        confidences: One a character, [0, 1].
        least: Least odds.

    Returns:
        At most ``MOST_CORRECTIONS`` texts other than the given one, and their odds against it,
        (0, 1].
    """
    found = [("", 1.0)]
    for character, confidence in zip(text, confidences, strict=True):
        options = ((character, 1.0), *_options(character, confidence))
        longer = [(start + option, odds * by) for start, odds in found for option, by in options]
        found = [item for item in longer if item[1] >= least]
        if len(found) > MOST_CORRECTIONS + 1:
            found = nlargest(MOST_CORRECTIONS + 1, found, key=itemgetter(1))
    return tuple(item for item in found if item[0] != text)


def _options(character: str, confidence: float) -> Iterator[tuple[str, float]]:
    if confidence < SURE:
        doubt = (1.0 - confidence) / max(confidence, _UNCERTAIN)
        for like, share in _LIKES.get(character, ()):
            yield like, min(1.0, share * doubt)


def without_band(text: str) -> str | None:
    """Return a text without the letters of a band that it begins with.

    None unless what is left has a strict shape of the band's country.
    """
    for length in (1, 2, 3):
        country, rest = BANDS.get(text[:length]), text[length:]
        if country and any(
            shape.pattern.region == country and shape.pattern.mends == "freely"
            for shape in shapes_of(rest)
        ):
            return rest
    return None


def touches_sure(read: str, other: str, confidences: Sequence[float]) -> bool:
    """Whether a text of the same length differs where a character was read surely."""
    return len(read) == len(other) and any(
        before != after and confidence >= SURE
        for before, after, confidence in zip(read, other, confidences, strict=True)
    )
