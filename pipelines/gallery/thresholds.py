"""How close is close enough: the least similarity grows with the gallery.

Every enrolled driver is one more chance for a stranger to resemble somebody, so one value for all
sizes either lets strangers in or turns drivers away.

The defaults come from LFW with YuNet and SFace, open set, three photos averaged per driver, the
best driver at least 0.05 ahead of the second. FPIR is the share of strangers taken for somebody,
FNIR that of drivers not recognised. In the left half 60 galleries are drawn from 120 drivers with
300 strangers beside them, in the right half the gallery holds other people of LFW:

    drivers   threshold   FPIR %   FNIR %        drivers   threshold   FPIR %   FNIR %
         10        0.42     0.25     0.15            300        0.45     1.3       0.3
         10        0.44     0.11     0.20            300        0.50     0.14      0.9
         10        0.46     0.04     0.30            610        0.45     2.7       0.6
         50        0.46     0.21     0.29            610        0.50     0.33      1.1
         50        0.48     0.09     0.31            610        0.55     0.07      2.0
        120        0.484    0.15     0.39
        120        0.50     0.01     0.54

The values are set for FPIR at most 0.1 %: up to 0.48 a higher threshold turns hardly a driver
away, while each 0.02 halves the strangers let in. Above 610 drivers they are extrapolated: each
0.05 more lets a tenth as many pairs of different people pass (of 126,797 such pairs, 9.5e-5 reach
0.45 and 7.9e-6 reach 0.50). The margin keeps out drivers who are enrolled twice; it turned away no
probe of the 120 drivers.

``verify_threshold`` is for one named driver. Of photos against templates of three others, 0.45 is
reached by 5.8e-5 of the pairs of different people (FMR, of 840,000) and missed by 0.30 % of the
driver's own (FNMR); 0.42 would let in four times as many and miss 0.22 %. OpenCV's 0.363 for SFace
compares one face with one: with 610 drivers it lets half of all strangers in.
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
