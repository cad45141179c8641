"""Whether a face is a driver's."""

import pytest

from configs.settings import GallerySettings
from pipelines.drivers.decision import UnknownReason, decide
from pipelines.types import DriverMatch, GallerySearch

SETTINGS = GallerySettings(thresholds=((10, 0.40), (1000, 0.50)), margin=0.03)


def searched(*similarities: float, size: int = 10) -> GallerySearch:
    matches = tuple(DriverMatch(n, similarity) for n, similarity in enumerate(similarities, 1))
    return GallerySearch(matches, size, 5)


@pytest.mark.parametrize(
    ("search", "driver_id", "reason"),
    [
        (searched(0.40), 1, None),
        (searched(0.90, 0.86), 1, None),
        (searched(0.39), None, UnknownReason.BELOW_THRESHOLD),
        (searched(0.44, size=100), None, UnknownReason.BELOW_THRESHOLD),
        (searched(0.39, 0.38), None, UnknownReason.BELOW_THRESHOLD),
        (searched(0.90, 0.88), None, UnknownReason.TOO_CLOSE_TO_SECOND),
        (searched(size=0), None, UnknownReason.NO_DRIVER_ENROLLED),
    ],
)
def test_names_the_driver_or_the_reason(
    search: GallerySearch, driver_id: int | None, reason: UnknownReason | None
) -> None:
    decision = decide(search, SETTINGS)
    assert (decision.driver_id, decision.reason) == (driver_id, reason)


def test_carries_both_similarities_the_threshold_and_the_margin() -> None:
    decision = decide(searched(0.8, 0.2, 0.1, size=100), SETTINGS)
    assert (decision.similarity, decision.second_similarity) == (0.8, 0.2)
    assert decision.threshold == pytest.approx(0.45)
    assert decision.margin == 0.03
    lone = decide(searched(0.8), SETTINGS)
    assert (lone.similarity, lone.second_similarity) == (0.8, None)
