"""How close is close enough: the least similarity grows with the gallery.

Every enrolled driver is one more chance for a stranger to resemble somebody, so one value for all
sizes either lets strangers in or turns drivers away.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import log


def threshold_for(gallery_size: int, pairs: Sequence[tuple[int, float]]) -> float:
    """The least cosine similarity at which a face counts as an enrolled driver.

    Args:
        gallery_size: Drivers that were searched.
        pairs: ``(gallery size, threshold)``, sizes rising; ``GallerySettings.thresholds``.

    Returns:
        Cosine, interpolated over the logarithm of the size; outside the pairs the nearest one's.
    """
    above = bisect_right(pairs, gallery_size, key=lambda pair: pair[0])
    if above == 0:
        return pairs[0][1]
    if above == len(pairs):
        return pairs[-1][1]
    (size_0, value_0), (size_1, value_1) = pairs[above - 1], pairs[above]
    share = log(gallery_size / size_0) / log(size_1 / size_0)
    return value_0 + share * (value_1 - value_0)
