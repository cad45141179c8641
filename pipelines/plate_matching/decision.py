"""Which of the known plates a reading is taken for, if any."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from pipelines.plate_matching.known_plates import KnownPlates
from pipelines.plate_matching.outcome import MatchReason, PlateMatch
from pipelines.plate_matching.seen import SeenPlate

KNOWN_SHARE: Final = 0.5
"""Of the plates that are read, those that are known: neither is taken for granted."""

FOREIGN: Final = 0.2
"""How often the patterns tell a country that the plate is not from; too often for two known plates
of one text to be told apart by it."""

BESIDE: Final = 1e-3
"""How likely a stranger bears exactly what was read, against one known plate, where no known plate
does: fleets are numbered in a row, and who cheats takes a plate near by."""


def decide(
    seen: SeenPlate, known: KnownPlates, countries: Mapping[int, str | None], least: float
) -> PlateMatch:
    """Hold a reading against all known plates.

    Args:
        seen: The reading.
        known: The plates.
        countries: Id -> ISO 3166-1 alpha-2 code, None where nobody said.
        least: Probability from which the likeliest is taken, above 0.5: then no other plate is
            about as likely.
    """
    ids, scores = known.likelihoods(seen)
    if not len(ids) or not seen.text:
        return PlateMatch(MatchReason.NOT_KNOWN, None, 0.0, 0.0, exact=False)
    if seen.country is not None:
        leading = np.flatnonzero(scores > scores.max() - 20.0)
        for place in leading:
            if countries.get(int(ids[place])) not in {None, seen.country}:
                scores[place] += np.log(FOREIGN)
    bearers = known.bearers(seen.text)
    as_read = known.as_read(seen)
    peak = max(0.0, float(scores.max()), as_read)
    odds = np.exp(scores - peak) * (KNOWN_SHARE / known.size)
    whole = float(odds.sum()) + (1.0 - KNOWN_SHARE) * float(np.exp(-peak))
    if not bearers:
        whole += BESIDE * KNOWN_SHARE / known.size * float(np.exp(as_read - peak))
    order = np.argsort(-odds)[:2]
    first, *rest = [float(odds[place]) / whole for place in order]
    second = rest[0] if rest else 0.0
    plate_id = int(ids[order[0]])
    if first >= least:
        reason = MatchReason.MATCHED
    else:
        reason = MatchReason.ALIKE if first + second >= least else MatchReason.NOT_KNOWN
    return PlateMatch(reason, plate_id, first, second, exact=plate_id in bearers)
