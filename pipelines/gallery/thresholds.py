"""How close is close enough: the least similarity grows with the gallery.

Every enrolled driver is one more chance for a stranger to resemble somebody, so one value for all
sizes either lets strangers in or turns drivers away.

The defaults come from LFW with YuNet and SFace, open set, three photos averaged per driver.
FPIR is the share of strangers taken for somebody, FNIR that of drivers not recognised:

    drivers   threshold   FPIR %   FNIR %
         50        0.45     0.25      0.7
        300        0.45     1.3       0.3
        300        0.50     0.14      0.9
        610        0.45     2.7       0.6
        610        0.50     0.33      1.1
        610        0.55     0.07      2.0

The values are set a little above these, for FPIR at most 0.5 % with room for other cameras. Above
610 drivers they are extrapolated: each 0.05 more lets a tenth as many pairs of different
people pass (of 126,797 such pairs, 9.5e-5 reach 0.45 and 7.9e-6 reach 0.50). OpenCV's
0.363 for SFace compares one face with one: with 610 drivers it lets half of all strangers in.
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
