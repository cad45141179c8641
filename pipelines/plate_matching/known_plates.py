"""Known plates in memory, and how well each explains a reading.

The distance is an edit distance whose costs are logarithms of likelihood ratios: how much likelier
the reading is if this plate was there than if any other was, by the characters' frequencies. A
character costs what the reader's own confidence and its habits make of it
(``pipelines.plate_matching.confusions``). All plates of one length go through the table of the
distance at once; of the table only a band around the diagonal is computed.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.plate_alphabet import ALPHABET
from pipelines.plate_matching.confusions import Confusions, codes_of
from pipelines.plate_matching.seen import SeenPlate

MOST_GAPS: Final = 2
"""Characters that a reading may lack, or have beside the true ones."""

_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.02, 0.998
_USUAL_DOUBT: Final = 0.3
"""Doubt of a character that was made up; a surer one was hardly."""

_NEVER: Final = np.float32(-1e4)


class KnownPlates:
    """Plates to be held against readings. Never changed once made.

    Args:
        plates: Id -> letters and digits of ``ALPHABET``.
        confusions: What the reader takes for what.
    """

    def __init__(self, plates: Mapping[int, str], confusions: Confusions) -> None:
        self._confusions = confusions
        self._left_out = np.log(confusions.left_out)
        self.size = len(plates)
        by_length: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        bearers: defaultdict[str, list[int]] = defaultdict(list)
        for plate_id, text in plates.items():
            by_length[len(text)].append((plate_id, text))
            bearers[text].append(plate_id)
        self._bearers = dict(bearers)
        self._groups = {
            length: (
                np.array([plate_id for plate_id, _ in group], np.int64),
                # One row a place in the text: what is read together lies together.
                np.ascontiguousarray(
                    codes_of("".join(text for _, text in group)).reshape(-1, length).T
                ),
            )
            for length, group in by_length.items()
        }

    def bearers(self, text: str) -> tuple[int, ...]:
        """Ids of the plates with exactly this text."""
        return tuple(self._bearers.get(text, ()))

    def as_read(self, seen: SeenPlate) -> float:
        """How much likelier the reading is if its very text was there than if any other was.

        Returns:
            The logarithm of the ratio.
        """
        places = np.arange(len(seen.text))
        return float(self._gains(seen)[places, codes_of(seen.text)].sum())

    def likelihoods(self, seen: SeenPlate) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How much likelier the reading is if a plate was there than if any other was.

        Returns:
            Ids, and the logarithm of the ratio, one a plate of about the reading's length;
            ``(N,)`` int64 and ``(N,)`` float64.
        """
        gains = self._gains(seen)
        ids, scores = [], []
        for length in range(len(seen.text) - MOST_GAPS, len(seen.text) + MOST_GAPS + 1):
            if length in self._groups:
                of_group, codes = self._groups[length]
                ids.append(of_group)
                scores.append(self._aligned(seen, gains, codes))
        if not ids:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        found, score = np.concatenate(ids), np.concatenate(scores).astype(np.float64)
        for candidate in seen.candidates:
            for plate_id in self._bearers.get(candidate.text, ()):
                # A mended text, or one of another length.
                odds = np.log(max(candidate.confidence, 1e-6)) - self._rarity(candidate.text)
                here = found == plate_id
                score[here] = np.maximum(score[here], odds)
        return found, score

    def _rarity(self, text: str) -> float:
        """Logarithm of how often a text turns up by chance."""
        return float(np.log(self._confusions.frequency[codes_of(text)]).sum())

    def _gains(self, seen: SeenPlate) -> NDArray[np.float32]:
        """``(L, 36)``: what each true character gains at each place of the reading."""
        belief = np.empty((len(seen.text), len(ALPHABET)), np.float32)
        for place, (code, confidence) in enumerate(
            zip(codes_of(seen.text), seen.confidences, strict=True)
        ):
            sure = min(_MOST_CONFIDENCE, max(_LEAST_CONFIDENCE, confidence))
            belief[place] = (1.0 - sure) * self._confusions.instead[:, code]
            belief[place, code] = sure
        voted = np.zeros_like(belief)
        for candidate in seen.candidates:
            if len(candidate.text) == len(seen.text):
                voted[np.arange(len(voted)), codes_of(candidate.text)] += candidate.confidence
        gains: NDArray[np.float32] = np.log(
            np.maximum(belief, 0.5 * voted) / self._confusions.frequency
        )
        return gains

    def _aligned(
        self, seen: SeenPlate, gains: NDArray[np.float32], codes: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Best score of each plate of one length, ``(N,)``."""
        length, count = codes.shape
        left_out = self._left_out[codes]
        before = np.full((length + 1, count), _NEVER, np.float32)
        before[0] = 0.0
        for place in range(1, min(MOST_GAPS, length) + 1):
            before[place] = before[place - 1] + left_out[place - 1]
        for row, code in enumerate(codes_of(seen.text), 1):
            doubt = (1.0 - seen.confidences[row - 1]) / _USUAL_DOUBT
            made_up = np.log(self._confusions.made_up[code] * min(1.0, max(doubt, 0.01)))
            here = np.full_like(before, _NEVER)
            if row <= MOST_GAPS:
                here[0] = before[0] + made_up
            gain = gains[row - 1]
            for place in range(max(1, row - MOST_GAPS), min(length, row + MOST_GAPS) + 1):
                at = codes[place - 1]
                best = np.maximum(before[place - 1] + gain[at], before[place] + made_up)
                here[place] = np.maximum(best, here[place - 1] + left_out[place - 1])
            before = here
        score: NDArray[np.float32] = before[length]
        return score
