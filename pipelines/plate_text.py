"""From what a reader saw to the text as its country writes it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.plate_alphabet import fold, to_cyrillic
from pipelines.plate_corrections import SURE, lookalikes, touches_sure, without_band
from pipelines.plate_patterns import has_patterns, known_region, within
from pipelines.plate_shapes import Shape, shapes_of
from pipelines.types import PlateCandidate, PlateText

__all__ = ["interpret", "known_region", "written"]

FIT: Final = 8.0
"""How much likelier a text becomes by having the strict shape of a plate from anywhere."""

FIT_IN_REGION: Final = 100.0
FIT_WHERE_CHOSEN: Final = 5.0
"""The same in a known region, and in one whose owners may choose any text."""

FIT_ELSEWHERE: Final = 2.0
"""The same for a reading alone, by the shape of a plate from outside the named region."""

LEAD: Final = 1.5
"""How much likelier than any other a text must be to stand for what was read."""

CLEAR: Final = 2 / 3
"""Least share of one country, state or format among all that a text may come from."""

SHORTEST_MENDED: Final = 7
"""Without a region, shorter texts have too many possible shapes to be put right."""

LEAST_GUESS: Final = 0.2
"""A region less probable than this puts no characters right."""

_UNKNOWN: Final = 0.5
"""Confidence of a reading that comes without any."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a plate may come from: a named region, or guesses.

    Attributes:
        named: The only region whose formats count, or None.
        guesses: Region -> probability.
    """

    named: str | None
    guesses: Mapping[str, float]

    @property
    def known(self) -> bool:
        likely = (region for region, guess in self.guesses.items() if guess >= LEAST_GUESS)
        return self.named is not None or any(has_patterns(region) for region in likely)

    @property
    def most(self) -> float:
        """Bound of ``fit``."""
        return FIT_IN_REGION if self.known else FIT

    def probability(self, shape: Shape) -> float:
        region = shape.pattern.region
        if self.named is not None:
            return float(within(region, self.named))
        whole = self.guesses.get(shape.pattern.country, 0.0) if "-" in region else 0.0
        return min(1.0, self.guesses.get(region, 0.0) + whole)

    def settles(self, text: str) -> bool:
        """Whether a text needs no other: a word, or one of the shape of a plate from there."""
        return text.isalpha() or any(
            self.probability(shape) >= CLEAR if self.known else _is_regular(shape)
            for shape in shapes_of(text)
        )

    def fit(self, text: str, *, than: str) -> float:
        """How much likelier the shapes of a text make it than a reading without any."""
        best = 1.0
        if text == than and any(map(_is_regular, shapes_of(text))):
            best = FIT if self.named is None else FIT_ELSEWHERE
        mixed = not text.isdigit() and len(text) >= SHORTEST_MENDED
        for shape in shapes_of(text):
            pattern, probability = shape.pattern, self.probability(shape)
            if pattern.mends != "never" and probability >= LEAST_GUESS:
                most = FIT_WHERE_CHOSEN if pattern.chosen else FIT_IN_REGION
                best = max(best, probability * most)
            if pattern.mends == "freely" and mixed and best < FIT:
                clear = _likelihood(text) > FIT * _likelihood(than)
                best = FIT if clear else best
        return best


def interpret(
    raw: str,
    *,
    char_confidences: Sequence[float] | None = None,
    candidates: Sequence[PlateCandidate] = (),
    region: str | None = None,
    region_probabilities: Mapping[str, float] | None = None,
) -> PlateText:
    """Apply the plate patterns to a reading.

    The text is what was read unless another one is clearly likelier: one of the reader's
    candidates, or the text with confusable characters (O and 0, I and 1, ...) put right, each by
    the reader's probability for it and, within narrow bounds, by how well it fits the shapes of
    plates. Kept are characters and texts that were read with confidence, words, and texts that
    have the shape of a plate, where the region is known of one from there. The only thing that a
    sure reading may lose is the letters of a country's band, before a number of that country and
    where the whole is no plate's number.

    Where regions with different formats may have issued the plate, the country stays unknown and
    the text unformatted.

    Args:
        raw: What was read; anything but letters and digits is dropped.
        char_confidences: One a character of ``raw``, [0, 1].
        candidates: What else was read, best first and ``raw`` itself the first; may be empty.
        region: ISO 3166-1 alpha-2 code, or ISO 3166-2 code of a state or province: the only region
            whose formats count. A country stands for all its states.
        region_probabilities: What else is known of the origin: region -> probability; regions
            without patterns count for nothing.

    Raises:
        InvalidRequest: No patterns are known for the region.
        ValueError: ``char_confidences`` has another length than ``raw``.
    """
    if char_confidences is None:
        char_confidences = [0.0] * len(raw)
    origin = _Origin(known_region(region), region_probabilities or {})
    folded = [
        (fold(character), confidence)
        for character, confidence in zip(raw, char_confidences, strict=True)
    ]
    read = "".join(character for character, _ in folded)
    confidences = [confidence for character, confidence in folded if character]
    probable = _probabilities(read, confidences, candidates, origin)
    text = _decide(read, confidences, probable)
    ranked = sorted(probable, key=lambda other: (other != text, -probable[other], other))
    country, part, formatted = _format(text, origin)
    return PlateText(
        raw=raw,
        text=text,
        formatted=formatted,
        country=country,
        cyrillic=to_cyrillic(text) if country == "RU" else None,
        region=part,
        candidates=tuple(PlateCandidate(other, probable[other]) for other in ranked),
    )


def written(text: str, country: str | None) -> str:
    """Return a plate as its country writes it, or as it is where no pattern is known.

    Args:
        text: Upper-case letters and digits.
        country: ISO 3166-1 alpha-2 code of any country, or None.
    """
    named = country if country is not None and has_patterns(country) else None
    if country is not None and named is None:
        return text
    return _format(text, _Origin(named, {}))[2]


def _probabilities(
    read: str,
    confidences: Sequence[float],
    candidates: Sequence[PlateCandidate],
    origin: _Origin,
) -> dict[str, float]:
    """Return the texts that a reading may stand for and how probable they are."""
    if not read:
        return {}
    seen: defaultdict[str, float] = defaultdict(float)
    for candidate in candidates:
        seen["".join(map(fold, candidate.text))] += candidate.confidence
    seen[read] = seen[read] or _UNKNOWN
    seen.pop("", None)
    bare = None if origin.settles(read) else without_band(read)
    if bare is not None and (not shapes_of(read) or (origin.known and origin.settles(bare))):
        seen[bare] += seen.pop(read)
        return dict(seen)
    if origin.settles(read) or (candidates and seen[read] >= SURE):
        return dict(seen)
    possible = dict(seen)
    for other, odds in lookalikes(read, confidences, 1.0 / origin.most):
        possible.setdefault(other, odds * seen[read])
    fits = {
        other: 1.0 if touches_sure(read, other, confidences) else origin.fit(other, than=read)
        for other in possible
    }
    weights = {
        other: probability * fits[other]
        for other, probability in possible.items()
        if other in seen or fits[other] > 1.0
    }
    total = sum(weights.values()) + fits[read] * max(0.0, 1.0 - sum(seen.values()))
    return {other: weight / total for other, weight in weights.items()}


def _is_regular(shape: Shape) -> bool:
    return not shape.pattern.chosen


def _likelihood(text: str) -> float:
    return sum(shape.likelihood for shape in shapes_of(text))


def _decide(read: str, confidences: Sequence[float], probable: Mapping[str, float]) -> str:
    """Return what was read, or the text that is clearly likelier."""
    best, *rest = sorted(probable, key=lambda other: -probable[other]) or [read]
    clear = all(probable[best] >= LEAD * probable[other] for other in rest)
    kept = read in probable and (not clear or touches_sure(read, best, confidences))
    return read if kept else best


def _format(text: str, origin: _Origin) -> tuple[str | None, str | None, str]:
    """Return country, state or province, and formatted text: None and bare where not clear."""
    shares = {
        shape: shape.likelihood * (1.0 + FIT_IN_REGION * origin.probability(shape))
        for shape in shapes_of(text)
        if within(shape.pattern.region, origin.named)
    }
    country = _clear(shares, lambda shape: shape.pattern.country)
    region = _clear(shares, lambda shape: shape.pattern.region)
    formatted = _clear(shares, lambda shape: shape.format(text))
    return country, region if region and "-" in region else None, formatted or text


def _clear(shares: Mapping[Shape, float], key: Callable[[Shape], str]) -> str | None:
    """Return the key that clearly most of the shares have, or None."""
    sums: defaultdict[str, float] = defaultdict(float)
    for shape, share in shares.items():
        sums[key(shape)] += share
    best = max(sums, key=lambda name: sums[name], default=None)
    return best if best is not None and sums[best] >= CLEAR * sum(sums.values()) else None
