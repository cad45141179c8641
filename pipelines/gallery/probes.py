"""Invented probes, to measure how often an approximate index finds the nearest driver."""

import faiss
import numpy as np
from numpy.typing import NDArray

SAME_PERSON = (0.5, 0.8)
"""Cosine of a probe to its driver's template, drawn evenly: from hardly recognised to easily."""

STRANGERS = 0.2
"""Share of the probes that belong to nobody."""

_MIXED = 64  # templates in one draw: enough that no single one of them stands out


def draw_probes(
    templates: NDArray[np.float32], count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw probes such as cameras give: drivers under other conditions, and strangers.

    A driver's probe is the template turned away by a random direction to the cosine of
    ``SAME_PERSON``. Directions and strangers are random mixtures of many templates, so that they
    lie where this model's vectors lie and not evenly on the sphere.

    Args:
        templates: ``(N, D)`` float32 of unit L2 norm.
        count: Probes.
        rng: Decides everything that is random.

    Returns:
        ``(count, D)`` float32 of unit L2 norm.
    """
    probes = _mixtures(templates, count, rng)
    known = count - int(count * STRANGERS)
    drivers = templates[rng.integers(0, len(templates), known)].astype(np.float64)
    aside = probes[:known] - (probes[:known] * drivers).sum(axis=1, keepdims=True) * drivers
    cosine = rng.uniform(*SAME_PERSON, (known, 1))
    probes[:known] = cosine * drivers + np.sqrt(1.0 - cosine**2) * _unit(aside)
    return _unit(probes).astype(np.float32)


def nearest(templates: NDArray[np.float32], probes: NDArray[np.float32]) -> NDArray[np.int64]:
    """``(P,)`` int64 row of the template nearest to each probe, by comparing all."""
    _, rows = faiss.knn(probes, templates, 1, metric=faiss.METRIC_INNER_PRODUCT)
    found: NDArray[np.int64] = rows[:, 0]
    return found


def _mixtures(
    templates: NDArray[np.float32], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    weights = rng.standard_normal((count, _MIXED))
    rows = rng.integers(0, len(templates), (count, _MIXED))
    mixed = [one @ templates[of] for one, of in zip(weights, rows, strict=True)]
    return _unit(np.array(mixed))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.maximum(norms, np.finfo(np.float64).tiny)
    return unit
