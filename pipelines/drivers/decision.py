"""Whether a face is an enrolled driver's, by what the gallery found."""

from dataclasses import dataclass
from enum import StrEnum

from configs.settings import GallerySettings
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import GallerySearch


class UnknownReason(StrEnum):
    """Why a face counts as nobody's."""

    NO_DRIVER_ENROLLED = "no_driver_enrolled"
    BELOW_THRESHOLD = "below_threshold"
    TOO_CLOSE_TO_SECOND = "too_close_to_second"
    OUTSIDE_VALIDITY = "outside_validity"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who a face belongs to, and by which numbers.

    Attributes:
        driver_id: The driver; None where ``reason`` says why there is none.
        similarity: Cosine to the best driver, [-1, 1]; None with an empty gallery.
        second_similarity: Cosine to the second driver; None where there is none.
        threshold: Least similarity for a gallery of this size.
        margin: Least lead over the second driver.
    """

    driver_id: int | None
    reason: UnknownReason | None
    similarity: float | None
    second_similarity: float | None
    threshold: float
    margin: float


def decide(search: GallerySearch, settings: GallerySettings) -> Decision:
    """Take the best driver where it is close enough and leads the second by the margin."""
    threshold = threshold_for(search.gallery_size, settings.thresholds)
    similarities = [match.similarity for match in search.matches]
    best, second = [*similarities, None, None][:2]
    reason = None
    if best is None:
        reason = UnknownReason.NO_DRIVER_ENROLLED
    elif best < threshold:
        reason = UnknownReason.BELOW_THRESHOLD
    elif second is not None and best - second < settings.margin:
        reason = UnknownReason.TOO_CLOSE_TO_SECOND
    driver_id = search.matches[0].driver_id if reason is None else None
    return Decision(driver_id, reason, best, second, threshold, settings.margin)
